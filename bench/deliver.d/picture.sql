-- picture.sql - what register.gp draws, slowest first: the last is on top.
SELECT CASE peer
           WHEN 'ceiling' THEN 'curl, no database'
           WHEN 'both' THEN 'Postern, both signatures'
           WHEN 'graphile-default' THEN 'graphile-worker'
           WHEN 'graphile-tuned' THEN 'graphile-worker, tuned'
           WHEN 'pg-boss-default' THEN 'pg-boss'
           WHEN 'pg-boss-tuned' THEN 'pg-boss, tuned'
           ELSE 'Postern'
       END,
       round(rate), round(lowest), round(highest), (peer = 'postern')::int
FROM summary
WHERE owed = 0
ORDER BY rate;
