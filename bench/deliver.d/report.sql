-- report.sql - the results as tables to read.
\pset footer off
\pset null ''

\echo
\echo 'Deliveries a second: median, lowest and highest; postern is so many times'
\echo 'as fast, at the median of the rounds'
\echo 'CPU in seconds for 100,000 deliveries, memory in MiB at most'
SELECT s.owed, s.peer, round(s.rate) AS rate,
       round(s.lowest) || ' .. ' || round(s.highest) AS range,
       round(s.postern_is::numeric, 2) AS "postern is",
       round(s.cpu::numeric, 1) AS cpu,
       round(s.pg_cpu::numeric, 1) AS "PostgreSQL's",
       s.memory_kib / 1024 AS memory
FROM summary AS s
ORDER BY s.owed, s.rate DESC;

\echo 'Milliseconds from COMMIT to receipt, and transactions a second when idle'
SELECT i.peer,
       round(one.p50::numeric, 1) AS "p50 at 1/s",
       round(one.p99::numeric, 1) AS "p99 at 1/s",
       round(half.p50::numeric, 1) AS "p50 at half",
       round(half.p99::numeric, 1) AS "p99 at half",
       i.transactions AS idle
FROM idle AS i
LEFT JOIN latency AS one ON one.peer = i.peer AND one.kind = 'idle'
LEFT JOIN latency AS half ON half.peer = i.peer AND half.kind = 'half'
ORDER BY one.p50;

\echo 'Publishes a second by many clients while the worker sends'
SELECT round(publish) AS publish, round(publish_silent) AS "without waking",
       round(ratio::numeric, 2) AS ratio
FROM waking
WHERE ratio IS NOT NULL;

\echo 'Facts'
SELECT name, value FROM fact WHERE value <> '' ORDER BY name;
