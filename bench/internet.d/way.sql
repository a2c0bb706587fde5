-- way.sql - the one busy webhook, second by second: what it was sent, how long
-- answers took, and how many were in flight (Little's law).
\echo 'One busy webhook: requests a second, milliseconds to an answer, in flight'
SELECT floor(extract(epoch FROM a.started_at - f.first))::integer AS second,
       count(*) AS begun,
       round(percentile_cont(0.5) WITHIN GROUP (ORDER BY a.total_us) / 1e3) AS p50,
       round(percentile_cont(0.9) WITHIN GROUP (ORDER BY a.total_us) / 1e3) AS p90,
       round(sum(a.total_us) / 1e6) AS in_flight,
       count(*) FILTER (WHERE a.outcome IS DISTINCT FROM 'sent') AS failed
  FROM postern.attempt AS a,
       (SELECT min(started_at) AS first FROM postern.attempt) AS f
 GROUP BY 1
 ORDER BY 1;
