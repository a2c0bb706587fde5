-- report.sql - the results as tables to read.
\pset footer off
\pset null ''
SELECT EXISTS (SELECT FROM run WHERE loop = 'open') AS has_open,
       count(DISTINCT peer) = 2 AS has_single
FROM run WHERE clients = 1 AND loop = 'closed' AND peer IN ('postern', 'pgbench')
\gset

\echo
\echo 'Closed loop: median rate a second, lowest and highest; latencies in ms.'
\echo 'Postern is so many times as fast: the median of the rounds'' ratios.'
SELECT s.clients, s.peer,
       round(s.rate) AS rate,
       round(s.lowest) || ' .. ' || round(s.highest) AS range,
       round(o.ratio::numeric, 2) AS "postern is",
       round(s.p50::numeric / 1000, 2) AS p50,
       round(s.p99::numeric / 1000, 2) AS p99,
       round((s.p99 / nullif(s.p50, 0))::numeric, 1) AS "p99/p50"
FROM summary s
LEFT JOIN paired o
  ON o.peer = s.peer AND o.loop = s.loop AND o.clients = s.clients
     AND o.postern_clients = s.clients
WHERE s.loop = 'closed'
ORDER BY s.clients, s.rate DESC;

\echo 'At the most clients, beside the best of pgbench'
SELECT b.peer, b.clients, round(b.rate) AS rate,
       round(o.ratio::numeric, 2) AS "postern is"
FROM best b
LEFT JOIN paired o
  ON o.peer = b.peer AND o.loop = b.loop AND o.clients = b.clients
     AND o.postern_clients = (SELECT max(clients) FROM run
                              WHERE peer = 'postern')
ORDER BY b.rate DESC;

\if :has_open
\echo 'Open loop at half of each one''s peak: latencies in ms'
SELECT peer, round(rate) AS rate,
       round(p50::numeric / 1000, 2) AS p50,
       round(p99::numeric / 1000, 2) AS p99,
       round(p999::numeric / 1000, 2) AS "p99.9"
FROM summary WHERE loop = 'open' ORDER BY rate DESC;
\endif

\if :has_single
\echo 'One client: p50 in ms'
SELECT round(o.p50::numeric / 1000, 3) AS postern,
       round(b.p50::numeric / 1000, 3) AS pgbench,
       round((o.p50 / b.p50)::numeric, 2) AS ratio
FROM summary o
JOIN summary b ON b.peer = 'pgbench' AND b.clients = 1
WHERE o.peer = 'postern' AND o.clients = 1 AND o.loop = 'closed';
\endif

\echo 'Facts'
SELECT name, value FROM fact WHERE value <> '' ORDER BY name;
