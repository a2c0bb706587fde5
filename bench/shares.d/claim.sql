-- claim.sql - one row for a run, from the tables receipt, published and took.
WITH late AS (
    SELECT (min(r.at) * 1000 - min(p.done) / 1000.0)::float8 AS ms
      FROM published AS p
      LEFT JOIN receipt AS r ON r.id = p.id
     GROUP BY p.id
)
INSERT INTO claim
SELECT :'build', :owed, t.*, l.*
FROM (SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY ms),
             percentile_cont(0.99) WITHIN GROUP (ORDER BY ms), max(ms)
        FROM took) AS t,
     (SELECT count(*), count(ms), percentile_cont(0.5) WITHIN GROUP (ORDER BY ms),
             percentile_cont(0.99) WITHIN GROUP (ORDER BY ms), max(ms)
        FROM late) AS l;
