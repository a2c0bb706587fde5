-- pgbench-log.sql - pgbench's log in the words of load.c.
WITH ended AS (
    SELECT us, s * 1000000 + fraction AS at FROM log
), measured AS (
    SELECT us FROM ended, (SELECT min(at - us) AS start FROM ended) AS first
    WHERE at - start >= :warmup * 1000000
      AND at - start < (:warmup + :seconds) * 1000000
)
SELECT (SELECT count(*) FROM log), :failed, 0,
       round(count(*) / :seconds::numeric, 1),
       percentile_disc(0.5) WITHIN GROUP (ORDER BY us),
       percentile_disc(0.99) WITHIN GROUP (ORDER BY us),
       percentile_disc(0.999) WITHIN GROUP (ORDER BY us),
       max(us)
FROM measured;
