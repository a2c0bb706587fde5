-- contents.sql - what is stored, a line for each table; names that changed
-- since development schema 26 are left out, and so is what came or went since.
-- Columns keep their order, and of the new ones most are NULL.
SELECT format('SELECT %L, count(*), md5(string_agg(r::text, '','' ORDER BY r::text))'
           ' FROM postern.%I, LATERAL rtrim(ROW(%s)::text, '',)'') AS r'
           ' WHERE r !~ ''^.[0-9]+,postern[.](webhook|delivery|[*])''',
           replace(c.relname, 'in_flight', 'flight'), c.relname, (
           SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
             FROM pg_attribute AS a
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
              AND a.attname <> ALL ('{share,proven,deleted_count}')
              AND (c.relname, a.attname) NOT IN (
                  ('fresh', 'ordered'), ('in_flight', 'worker'), ('lane', 'told'))))
  FROM pg_class AS c
 WHERE c.relnamespace = 'postern'::regnamespace AND c.relkind IN ('r', 'p')
   AND NOT c.relispartition AND c.relname NOT IN (
       'migration', 'task', 'worker', 'upkeep', 'process', 'erasure',
       'removed_webhook', 'signing_scope', 'platform_client', 'platform_token',
       'idempotency_key', 'webhook_headers', 'webhook_filter', 'health')
 ORDER BY replace(c.relname, 'in_flight', 'flight')
\gexec
