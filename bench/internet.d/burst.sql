-- burst.sql - one burst, of the temporary table receipt.
-- The worker is stopped after the end, and sends what it has begun.
CREATE TEMPORARY TABLE first AS
SELECT DISTINCT ON (webhook, n) webhook, n, number, fresh, at
FROM receipt WHERE status = 200
ORDER BY webhook, n, at;
CREATE TEMPORARY TABLE came AS
SELECT webhook, n, number, fresh,
       (at / 1000000.0 - :committed)::float8 AS s
FROM first WHERE at <= :ended * 1000000;

-- Each name's first delivery takes three round trips, all others one.
WITH path AS (
    SELECT max(2.5 * n.rtt_us) / 1e6 AS farthest,
           sum(n.rtt_us * CASE WHEN k < :names THEN 3 ELSE 1 END) / 1e6
               AS total
    FROM generate_series(0, :webhooks - 1) AS k
    JOIN name AS n ON n.number = k % :names
    WHERE n.kind = 'healthy' AND :'kind' = 'burst'
), best AS (
    SELECT max(five) AS rate
    FROM (SELECT count(*) OVER (ORDER BY s RANGE BETWEEN CURRENT ROW
                 AND 5 FOLLOWING) / 5.0 AS five
          FROM came) AS w
)
INSERT INTO burst
SELECT :'build', :'kind', :wanted, count(*),
       (SELECT count(*) FROM receipt WHERE status = 200) -
           (SELECT count(*) FROM first),
       greatest(:sent - (SELECT count(*) FROM first), 0),
       :committed::float8 - :began,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY s),
       percentile_cont(0.99) WITHIN GROUP (ORDER BY s), max(s),
       (SELECT rate FROM best), avg(fresh),
       (SELECT farthest FROM path), (SELECT total / :places FROM path),
       :places, :ticks / :hertz::float8, :pg_ticks / :hertz::float8,
       :net_ticks / :hertz::float8, :memory
FROM came;

INSERT INTO curve
SELECT :'build', :'kind', greatest(0, ceil(s)), count(*)
FROM came GROUP BY 3;

SELECT format('%s %s  %s: %s of %s, the last after %s s  p50 %s s  at best %s/s  CPU %s + %s + %s s  %s MiB',
    to_char(now(), 'HH24:MI:SS'), rpad(build, 8), kind, received, wanted,
    round(last_s::numeric, 1), round(p50_s::numeric, 1), round(best),
    round(cpu::numeric, 1), round(pg_cpu::numeric, 1),
    round(net_cpu::numeric, 1), memory_kib / 1024)
FROM burst WHERE build = :'build' AND kind = :'kind';
