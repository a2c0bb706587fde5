-- describe.sql - of the schema, what pg_dump does not show in a fixed form.
SELECT pg_get_functiondef(p.oid), obj_description(p.oid, 'pg_proc'), p.proowner::regrole,
       ARRAY(SELECT a::text FROM unnest(p.proacl) AS a ORDER BY 1)
  FROM pg_proc AS p WHERE p.pronamespace = 'postern'::regnamespace
 ORDER BY p.oid::regprocedure::text;
SELECT c.relname, c.relkind, c.reloptions, obj_description(c.oid, 'pg_class'),
       ARRAY(SELECT a::text FROM unnest(c.relacl) AS a ORDER BY 1)
  FROM pg_class AS c
 WHERE c.relnamespace = 'postern'::regnamespace AND c.relname !~ '_2\d{7}'
 ORDER BY c.relname;
SELECT a.attrelid::regclass, a.attnum, a.attname, a.attisdropped,
       col_description(a.attrelid, a.attnum)
  FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
 WHERE c.relnamespace = 'postern'::regnamespace AND c.relname !~ '_2\d{7}'
   AND a.attnum > 0
 ORDER BY a.attrelid::regclass::text, a.attnum;
SELECT d.defaclnamespace::regnamespace, d.defaclobjtype, d.defaclacl
  FROM pg_default_acl AS d WHERE d.defaclrole = 'postern_owner'::regrole
 ORDER BY d.defaclnamespace, d.defaclobjtype;
SELECT m.number, m.name FROM postern.migration AS m ORDER BY m.number;
