-- report.sql - the results as tables to read.
\pset footer off
\pset null ''

\echo
\echo 'Steady: milliseconds from COMMIT to receipt by those that work, and beyond'
\echo 'the distance (half a round trip; two and a half on a new connection);'
\echo 'in flight by Little''s law, beside the places; cores used'
SELECT build, rate, round(p50::numeric, 1) AS p50,
       round(p99::numeric, 1) AS p99,
       round(late_p50::numeric, 1) AS "late p50",
       round(late_p99::numeric, 1) AS "late p99",
       round(100 * fresh) AS "% new", round(100 * resumed) AS "% resumed",
       missing, repeats, round(mean_ms) AS "mean ms",
       round(in_flight::numeric, 1) AS "in flight", places,
       round(cpu::numeric, 2) AS cpu,
       round(pg_cpu::numeric, 2) AS "PostgreSQL's",
       round(net_cpu::numeric, 2) AS "receivers'",
       memory_kib / 1024 AS mib, CASE WHEN holds THEN 'yes' ELSE 'no' END AS holds
FROM step ORDER BY build, rate, turn;

\echo 'The highest rate that holds, beside the ideal: its places by its mean time,'
\echo 'or the best rate without a database; CPU in milliseconds a delivery'
SELECT build, rate, round(ideal_rate) AS "by places",
       round(peer_rate) AS "no database",
       round((rate / least(ideal_rate, peer_rate))::numeric, 2) AS share,
       round((1000 * cpu / received)::numeric, 2) AS cpu,
       round((1000 * pg_cpu / received)::numeric, 2) AS "PostgreSQL's",
       round((1000 * net_cpu / received)::numeric, 2) AS "receivers'",
       round((cpu + pg_cpu + net_cpu)::numeric, 2) AS "cores used"
FROM highest ORDER BY build;

\echo 'One event to all, and many to one: seconds after COMMIT; CPU in seconds'
SELECT build, kind, received || ' of ' || wanted AS received, repeats,
       unrecorded AS "sent, not received", round(p50_s::numeric, 2) AS p50,
       round(p99_s::numeric, 2) AS p99, round(last_s::numeric, 2) AS last,
       round((received / last_s)::numeric) AS "a second",
       round(best) AS "at best", round(100 * fresh) AS "% new",
       round(cpu::numeric, 1) AS cpu,
       round(pg_cpu::numeric, 1) AS "PostgreSQL's",
       round(net_cpu::numeric, 1) AS "receivers'", memory_kib / 1024 AS mib
FROM burst ORDER BY kind, build;

\echo 'The burst in seconds beside the ideal: the farthest receiver, all of them so'
\echo 'many at a time, or all of them at the best rate without a database'
SELECT build, round(ideal_distance_s::numeric, 2) AS farthest, places,
       round(ideal_places_s::numeric, 2) AS "by places",
       round(ideal_peer_s::numeric, 2) AS "no database",
       round(ideal_s::numeric, 2) AS ideal,
       round(took_s::numeric, 2) AS "took, for all",
       round((took_s / ideal_s)::numeric, 2) AS "times as long"
FROM ideal ORDER BY build;

\echo 'The same receivers with no database, as many places: requests a second'
SELECT build, peer, places, round(rate) AS rate, failed,
       round(seconds::numeric, 1) AS seconds
FROM peer ORDER BY build, rate DESC;

\echo 'Facts'
SELECT name, value FROM fact WHERE value <> '' ORDER BY name;
