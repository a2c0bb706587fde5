-- report.sql - the results as a table to read.
\pset footer off
\pset null ''
\echo
\echo 'Messages a second, median, lowest and highest; latencies of requests in ms.'
\echo 'Postern is so many times as fast: the median of the rounds'' ratios.'
SELECT messages, peer, clients, round(rate) AS rate,
       round(lowest) || ' .. ' || round(highest) AS range,
       round(ratio::numeric, 2) AS "postern is",
       round(p50::numeric / 1000, 2) AS p50, round(p99::numeric / 1000, 2) AS p99
FROM best
ORDER BY messages, best.rate DESC;
