-- retire.sql - drops the functions and views that the source no longer has.
--
-- install.sql has just made or replaced all that there are, in this same
-- transaction: any other is of an earlier version. What somebody else than
-- postern_owner has put into the schema stays.

DO $$
DECLARE
    relics text;
    detail text;
BEGIN
    SELECT string_agg(r.ev_class::regclass::text, ', ') INTO relics
      FROM pg_rewrite AS r
      JOIN pg_class AS c ON c.oid = r.ev_class
     WHERE c.relnamespace = 'postern'::regnamespace AND c.relkind = 'v'
       AND c.relowner = 'postern_owner'::regrole
       AND r.xmin <> pg_current_xact_id()::xid;
    IF relics IS NOT NULL THEN
        EXECUTE 'DROP VIEW ' || relics;
    END IF;
    SELECT string_agg(p.oid::regprocedure::text, ', ') INTO relics
      FROM pg_proc AS p
     WHERE p.pronamespace = 'postern'::regnamespace
       AND p.proowner = 'postern_owner'::regrole
       AND p.xmin <> pg_current_xact_id()::xid;
    IF relics IS NOT NULL THEN
        EXECUTE 'DROP ROUTINE ' || relics;
    END IF;
EXCEPTION
    WHEN dependent_objects_still_exist THEN
        GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
        RAISE EXCEPTION 'objects outside Postern use what this version does not have: %', relics
            USING ERRCODE = 'dependent_objects_still_exist', DETAIL = detail,
                HINT = 'Drop what the detail names, run install.sql again, then make it anew'
                    ' without them.';
END
$$;
