-- picture.sql - what register.gp draws, slowest first: the last is on top.
SELECT CASE peer
           WHEN 'null' THEN 'constant answer'
           WHEN 'pgbench' THEN 'pgbench, no web server'
           WHEN 'fastify' THEN 'Fastify'
           WHEN 'php' THEN 'PHP-FPM'
           ELSE 'Postern'
       END,
       round(rate), round(lowest), round(highest),
       (peer = 'postern')::int
FROM best
WHERE peer <> 'filled'
ORDER BY rate;
