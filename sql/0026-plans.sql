-- 0026-plans.sql - no webhook is looked up among all of its account's.
--
-- While the tables are small, a bitmap of an account's rows seems as good a way
-- as the row's key.

DO $$
DECLARE
    function regprocedure;
BEGIN
    FOR function IN
        SELECT p.oid
          FROM pg_proc AS p
         WHERE p.pronamespace = 'postern'::regnamespace
           AND 'enable_seqscan=off' = ANY (p.proconfig)
           AND 'enable_bitmapscan=off' <> ALL (p.proconfig)
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET enable_bitmapscan = off',
            function);
    END LOOP;
END
$$;
\ir 0011-claim.sql
