-- serves.sql - which programs this schema serves.

CREATE OR REPLACE FUNCTION postern.serves(program integer)
RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    -- The first is the newest that changed what programs call.
    SELECT CASE
    WHEN program < 8 THEN
        format('this program is made for schema %s of Postern, and this'
            || ' database has %s: install the version of the program that'
            || ' belongs to it, and restart it', program, newest)
    WHEN program > newest THEN
        format('this program is made for schema %s of Postern, and this'
            || ' database has %s: run install.sql of the program''s version',
            program, newest)
    END
      FROM (SELECT max(m.number) FROM postern.migration AS m) AS m (newest)
$$;
COMMENT ON FUNCTION postern.serves IS
'NULL: a program made for this schema may use this database. Otherwise a
sentence that says what to do.';
