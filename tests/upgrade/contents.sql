-- contents.sql - what is stored, a line for each table; names that changed
-- since development schema 26 are left out, and so are new columns, which come
-- last and are NULL.
SELECT format('SELECT %L, count(*), md5(string_agg(rtrim(t::text, '',)''), '','' ORDER BY t::text))'
           ' FROM postern.%I AS t', replace(c.relname, 'in_flight', 'flight'), c.relname)
  FROM pg_class AS c
 WHERE c.relnamespace = 'postern'::regnamespace AND c.relkind IN ('r', 'p')
   AND NOT c.relispartition AND c.relname <> 'migration'
 ORDER BY replace(c.relname, 'in_flight', 'flight')
\gexec
