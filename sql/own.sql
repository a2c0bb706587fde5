-- own.sql - a step of install.sql: gives postern_owner back what it has lost of
-- the rights on its own. Not to be run by itself.
--
-- All functions run as the owner, and the steps that follow do. It is asked
-- first: what lacks nothing is not touched, nor locked.
GRANT ALL ON SCHEMA postern TO postern_owner;
DO $$
DECLARE
    lacking text;
BEGIN
    FOR lacking IN
        SELECT o.what
          FROM (SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END
                           || c.oid::regclass AS what,
                       CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END AS kind,
                       c.relnamespace AS schema, c.relowner AS owner, c.relacl AS acl
                  FROM pg_class AS c
                 WHERE c.relkind IN ('r', 'p', 'v', 'S')
                UNION ALL
                SELECT 'ROUTINE ' || p.oid::regprocedure, 'f', p.pronamespace, p.proowner,
                       p.proacl
                  FROM pg_proc AS p
                UNION ALL
                SELECT 'TYPE ' || t.oid::regtype, 'T', t.typnamespace, t.typowner, t.typacl
                  FROM pg_type AS t) AS o
         WHERE o.schema = 'postern'::regnamespace AND o.owner = 'postern_owner'::regrole
           AND EXISTS (
               SELECT d.privilege_type FROM aclexplode(acldefault(o.kind::"char", o.owner)) AS d
                WHERE d.grantee = o.owner
               EXCEPT
               SELECT a.privilege_type FROM aclexplode(o.acl) AS a WHERE a.grantee = o.owner)
           AND o.acl IS NOT NULL
    LOOP
        EXECUTE format('GRANT ALL ON %s TO postern_owner', lacking);
    END LOOP;
END
$$;
