-- run.sql - one row for a run, from the temporary table receipt.
WITH clock AS (
    SELECT :until - :since AS length,
           count(*) FILTER (WHERE at >= :since AND at < :until) AS receipts,
           count(*) - count(DISTINCT (id, uri)) AS repeats
    FROM receipt
)
INSERT INTO run (peer, round, owed, rate, failed, repeats, memory_kib,
    cpu, pg_cpu)
SELECT :'peer', :round, :owed, receipts / length, 0, repeats, :memory,
       :ticks * 100000.0 / :hertz / receipts,
       :pg_ticks * 100000.0 / :hertz / receipts
FROM clock;

SELECT format('%s round %s  %s  %s/s  %s MiB  CPU %s s and PostgreSQL %s s per 100,000%s',
    to_char(now(), 'HH24:MI:SS'), round, rpad(peer, 16), round(rate),
    memory_kib / 1024, round(cpu::numeric, 1), round(pg_cpu::numeric, 1),
    CASE WHEN owed > 0 THEN format(', %s owed', owed) ELSE '' END)
FROM run ORDER BY id DESC LIMIT 1;
