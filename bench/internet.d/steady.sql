-- steady.sql - one step, of the temporary tables receipt and published.
CREATE TEMPORARY TABLE event AS
SELECT p.n, p.done, r.at, r.fresh, r.resumed, r.repeats,
       w.rtt_us * (0.5 + 2 * coalesce(r.fresh, 1)) AS distance
FROM published AS p
JOIN name AS w ON w.number = p.webhook AND w.kind = 'healthy'
LEFT JOIN (SELECT DISTINCT ON (n) n, at, fresh, resumed,
                  count(*) OVER (PARTITION BY n) - 1 AS repeats
           FROM receipt ORDER BY n, at) AS r ON r.n = p.n
WHERE p.due >= :since * 1000000 AND p.due < :until * 1000000;

-- What never came is as late as it is by now.
WITH took AS (
    SELECT e.*, (coalesce(e.at, extract(epoch FROM now()) * 1000000) - e.done)
               / 1000.0 AS ms
    FROM event AS e
), figures AS (
    SELECT count(*) AS count, count(at) AS came,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS p50,
           percentile_cont(0.99) WITHIN GROUP (ORDER BY ms) AS p99,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY ms - distance / 1000)
               AS late_p50,
           percentile_cont(0.99) WITHIN GROUP (ORDER BY ms - distance / 1000)
               AS late_p99,
           coalesce(avg(fresh), 1) AS fresh,
           coalesce(avg(resumed) FILTER (WHERE fresh = 1), 0) AS resumed,
           coalesce(sum(repeats), 0) AS repeats
    FROM took
), sent AS (
    SELECT count(*) / (:until - :since) AS rate
    FROM published
    WHERE done >= :since * 1000000 AND done < :until * 1000000
)
INSERT INTO step OVERRIDING SYSTEM VALUE
SELECT nextval(pg_get_serial_sequence('step', 'id')), :'build', :rate, :turn, s.rate,
       (SELECT count(DISTINCT n) FROM receipt
        WHERE status = 200 AND at >= :since * 1000000
          AND at < :until * 1000000) / (:until - :since),
       f.p50, f.p99, f.late_p50, f.late_p99, f.fresh, f.resumed,
       f.count - f.came, f.repeats,
       :mean / nullif(s.rate, 0), :mean / 1000, :places,
       :ticks / (:hertz * (:until - :since)),
       :pg_ticks / (:hertz * (:until - :since)),
       :net_ticks / (:hertz * (:until - :since)), :memory,
       f.late_p99 <= :allowed AND s.rate >= 0.95 * :rate
FROM figures AS f, sent AS s;

SELECT format('%s %s  %s/s  late p50 %s ms  p99 %s ms  %s%% new  %s in flight  CPU %s + %s + %s  %s',
    to_char(now(), 'HH24:MI:SS'), rpad(build, 8), lpad(rate::text, 5),
    round(late_p50::numeric, 1), round(late_p99::numeric, 1),
    round(100 * fresh), round(in_flight::numeric, 1), round(cpu::numeric, 2),
    round(pg_cpu::numeric, 2), round(net_cpu::numeric, 2),
    CASE WHEN holds THEN 'holds' ELSE 'does not hold' END)
FROM step ORDER BY id DESC LIMIT 1;
