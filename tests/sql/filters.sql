-- filters.sql - which events a webhook takes, by their data.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

-- What may be a filter --------------------------------------------------------

SELECT is(r.fault, NULL, 'a filter: ' || f) FROM unnest(ARRAY[
    '$.a > 1', '1 < $.a', '$.a == "x\"y"', '$ == 1', '$."a b"[*] <> null', '$.a[0].b[last] == -1.5',
    '$.a >= 1 && ($.b.c == "x" || !($.c == true))', '!exists($.a)', 'strict $.a == false',
    '($.a == 1) is unknown', '$.a starts with "x"', 'exists($.a ? (@.b == 1))', '$.*.a == 1',
    '$.a ? (@.b == 1)[*] ? (exists(@.c)).d == 2', '$.a ? ((@ > 1 || !(@ == 2)) && @.b == 1) == 2',
    '$.a ? (@.b ? (@.c == 1).d == 2) == 3', '$."like_regex" == "$x /* \\ like_regex"'])
    AS f, postern.read_filter(f) AS r;
SELECT isnt(r.fault, NULL, 'no filter: ' || left(f, 60)) FROM unnest(ARRAY[
    '', ' ', 'x', '$', '$.a', '$.a ==', 'true', '1 == 1', '"x" starts with "x"', '$.a == $.b',
    '$[*] == $[*]', '$.** == 1', '$.**{1 to 2}.a == 1', '$.a like_regex "x"',
    '$.a LIKE_REGEX "x"', E'$.a l\\u0069ke_regex "x"', '$x == 1', '$"x" == 1', '$.a == $x',
    '$.a starts with $x', '$.a.size() == 1', '$.a.type() == "x"', '$.a.datetime() == "x"',
    '$.a.double() == 1', '$.a.keyvalue().key == "a"', '$.a + 1 == 2', '-$.a == 2', '$.a * $.a == 2',
    '$[0, 0][0, 0] == 1', '$[0 to last] == 1', '$[$.a] == 1', '$[last - 1] == 1',
    '$[*] ? (@ == $.a) == 1', '$[*] ? ($.a == 1) == 1', 'exists($[*] ? (@ == 1 && $.a == 1))',
    '$.a == 1; DROP TABLE x', '$.a == /* x */ 1', '@.a == 1', 'exists(1)', '$.a == 1e100000',
    '$.a == 1' || repeat(' ', 1017)]) AS f, postern.read_filter(f) AS r;

-- What it takes ---------------------------------------------------------------

CREATE TEMP TABLE v AS SELECT postern.create_account('filters') AS a;
SELECT postern.add_event_type('f.event');
CREATE TEMP TABLE hook (n integer, id uuid);
WITH new AS (
    INSERT INTO postern.webhook (account_id, id, url, canonical_url)
    SELECT a, postern.uuid7(), 'https://h.example/' || n, 'https://h.example/' || n
      FROM v, generate_series(1, 2) AS n
    RETURNING account_id, id, right(url, 1)::integer AS n
), subscribed AS (
    INSERT INTO postern.subscription (account_id, webhook_id, event_type_id)
    SELECT new.account_id, new.id, t.id
      FROM new, postern.event_type AS t WHERE t.name = 'f.event'
)
INSERT INTO hook SELECT n, id FROM new;
CREATE FUNCTION pg_temp.filter(wanted text) RETURNS void
LANGUAGE sql AS $$
    SELECT postern.set_filter(a, id, wanted) FROM v, hook WHERE n = 1
$$;
CREATE FUNCTION pg_temp.failures() RETURNS double precision
LANGUAGE sql AS $$
    SELECT m.value FROM postern.metrics() AS m WHERE m.name = 'postern_filter_failures_total'
$$;
-- To which of the two webhooks an event goes, in each of the ways to publish it.
CREATE FUNCTION pg_temp.sent(how text, data text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM postern.fresh;
    EXECUTE format('SELECT postern.%s', format(CASE split_part(how, ' ', 1)
        WHEN 'one' THEN 'publish((SELECT a FROM v), ''f.event'', %L::%s)'
        ELSE 'publish_to_all(''f.event'', %L::%s)' END, data, split_part(how, ' ', 2)));
    RETURN (SELECT string_agg(h.n::text, ' ' ORDER BY h.n)
              FROM postern.fresh AS f JOIN hook AS h ON h.id = f.webhook_id);
END
$$;
CREATE TEMP TABLE way AS SELECT unnest(ARRAY['one jsonb', 'one json', 'all jsonb', 'all json']) AS how;

SELECT is(pg_temp.sent(how, '{"a": 1}'), '1 2', how || ': both without a filter') FROM way;
SELECT pg_temp.filter('$.a > 1 && $.b == "x"');
SELECT is(pg_temp.sent(how, data), wanted, format('%s: %s', how, data))
  FROM way, (VALUES ('{"a": 2, "b": "x"}', '1 2'), ('{"a": 1, "b": "x"}', '2'), ('{"a": 2}', '2'),
      ('{"a": [0, 3], "b": "x"}', '1 2'), ('{}', '2'), ('5', '2'), ('null', '2'))
      AS c (data, wanted);
SELECT is(pg_temp.failures(), 0::double precision, 'nothing of that is a failure');
SELECT is(pg_temp.sent(how, '{"a": "2", "b": "x"}'), '2', how || ': it cannot tell') FROM way;
SELECT is(pg_temp.failures(), 4::double precision, 'which is counted');
SELECT is(pg_temp.sent('one json', '{"a": 2, "b": "x", "c": "\u0000"}'), '2',
    'what is no jsonb is taken by no filter');
SELECT is(pg_temp.failures(), 5::double precision, 'which is counted as well');
SELECT is(m.owed, 1::bigint, 'a message is owed to those that take it')
  FROM postern.message AS m ORDER BY m.id DESC LIMIT 1;

-- Elsewhere nobody's filter matters.
SELECT postern.create_account('beside') AS beside \gset
SELECT lives_ok(format('SELECT postern.publish(%L, ''f.event'', ''{}''::%s)', :'beside', t),
    'an account without webhooks publishes a ' || t) FROM unnest('{json,jsonb}'::text[]) AS t;

-- How long it may take --------------------------------------------------------

SELECT is(pg_temp.sent('one jsonb', '{"a": 2, "b": "x", "c": ["' || repeat('x', 200000) || '"]}'),
    '1 2', 'a long text is no trouble');
SELECT is(pg_temp.sent('one jsonb', '{"a": 2, "b": "x", "c": [' || repeat('1,', 40000) || '1]}'),
    '2', 'so many values are');
SELECT is(pg_temp.failures(), 6::double precision, 'which counts as a failure');
CREATE TEMP TABLE dear AS SELECT f AS filter, d AS data FROM unnest(ARRAY[
    '$[*] == 7', '$.* == 7', '$[*] ? (@.a == 7).b == 8', '$[*][*][*][*][*] == 7',
    '$[*] starts with "x"', 'exists($[*] ? (@ == 7 || @ == 8 || @ == 9))',
    '$[*].a == 1 || $[*].b == 1 || $[*].c == 1 || $[*].d == 1 || $[*].e == 1']) AS f,
    unnest(ARRAY['1', '{}', '[1]', '{"a":1}', '"a"', '[[1,1,1]]']) AS e,
    LATERAL (SELECT steps FROM postern.read_filter(f)) AS r,
    LATERAL (SELECT '[' || repeat(e || ',', 40000 / r.steps
        / (1 + length(e) - length(replace(e, ',', ''))) - 1) || e || ']') AS d (d);
CREATE FUNCTION pg_temp.least_time(statement text, document jsonb, data text) RETURNS interval
LANGUAGE plpgsql AS $$
DECLARE
    began timestamptz;
    took  interval := '1 h';
BEGIN
    FOR n IN 1 .. 3 LOOP
        began := clock_timestamp();
        EXECUTE statement USING document, data;
        took := least(took, clock_timestamp() - began);
    END LOOP;
    RETURN took;
END
$$;
CREATE FUNCTION pg_temp.slowest(OUT judged interval, OUT read interval)
LANGUAGE plpgsql AS $$
DECLARE
    d record;
BEGIN
    FOR d IN SELECT filter, data::jsonb AS document, data FROM dear LOOP
        PERFORM pg_temp.filter(d.filter);
        judged := greatest(judged, pg_temp.least_time('SELECT postern.wants(a, id, $1, $2)'
            ' FROM v, hook WHERE hook.n = 1', d.document, d.data));
        read := greatest(read, pg_temp.least_time('SELECT $2::jsonb', d.document, d.data));
    END LOOP;
END
$$;
CREATE TEMP TABLE slowest AS SELECT * FROM pg_temp.slowest();
SELECT is_empty($$SELECT filter, left(data, 9) FROM dear, postern.read_filter(filter) AS r
    WHERE r.steps * (1 + length(data) - length(replace(data, ',', ''))) NOT BETWEEN 30000 AND 40000
    $$, 'the dearest that there are');
SELECT cmp_ok(judged, '<', 10 * read, format('and take %s; to read the data takes %s', judged, read))
  FROM slowest;

-- When it goes ----------------------------------------------------------------

SELECT pg_temp.filter('$.a == 1'), pg_temp.filter(NULL);
SELECT is(pg_temp.sent(how, '{"a": 2}'), '1 2', how || ': without it all are taken') FROM way;
SELECT pg_temp.filter('$.a == 1');
SELECT postern.empty_webhooks(a, ARRAY[id]) FROM v, hook WHERE n = 1;
SELECT is_empty('SELECT FROM postern.webhook_filter', 'one that is deleted has none');

SELECT * FROM finish();
ROLLBACK;
