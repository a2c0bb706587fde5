-- migrate.sql - a step of install.sql: the file of tables/ named by
-- :migration, unless this database has had it. Not to be run by itself.
SELECT NOT EXISTS (
    SELECT FROM postern.migration
     WHERE number = left(:'migration', 4)::integer
) AS due
\gset
\if :due
    \set wanted tables
    \ir lock.sql
    \ir tables/:migration.sql
    INSERT INTO postern.migration (number, name)
    VALUES (left(:'migration', 4)::integer, substr(:'migration', 6));
\endif
