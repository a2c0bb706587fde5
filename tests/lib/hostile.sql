-- hostile.sql - a database postern whose defaults change how values are written
-- and read, which plans are made and what waits, for every session that comes.
--
--     psql -d postgres -f hostile.sql
--
-- Not those that would have a test's own statements fail, nor those that say
-- which plans to make: these are pinned.
CREATE DATABASE postern;
REVOKE TEMPORARY ON DATABASE postern FROM PUBLIC;
SELECT format('ALTER DATABASE postern SET %I = %s', name, value)
  FROM (VALUES
    ('DateStyle', '''SQL, DMY'''),
    ('IntervalStyle', '''sql_standard'''),
    -- "IST", which is that of Jerusalem when it is read again.
    ('TimeZone', '''Asia/Kolkata'''),
    ('search_path', 'public'),
    ('backslash_quote', 'on'),
    ('bytea_output', 'escape'),
    ('extra_float_digits', '-15'),
    ('array_nulls', 'off'),
    ('quote_all_identifiers', 'on'),
    ('transform_null_equals', 'on'),
    ('xmlbinary', 'hex'),
    ('xmloption', 'document'),
    ('lc_messages', '''C'''),
    ('lc_monetary', '''C'''),
    ('lc_numeric', '''C'''),
    ('lc_time', '''C'''),
    ('default_text_search_config', '''pg_catalog.german'''),
    ('default_transaction_isolation', '''serializable'''),
    ('default_transaction_deferrable', 'on'),
    ('check_function_bodies', 'off'),
    ('row_security', 'off'),
    ('synchronous_commit', 'off'),
    ('client_min_messages', 'error'),
    ('plan_cache_mode', 'force_generic_plan'),
    ('constraint_exclusion', 'off')) AS s (name, value)
\gexec
