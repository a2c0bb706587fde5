-- events.sql - types of event, and patterns of them.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

SELECT postern.open_always();
CREATE TEMP TABLE v AS SELECT postern.create_account('events.sql') AS a,
                              postern.create_account('events.sql 2') AS b;
ALTER TABLE v ADD hash bytea;
UPDATE v SET hash = sha256(convert_to(postern.issue_token(a), 'UTF8'));
CREATE FUNCTION pg_temp.call(route text, input jsonb DEFAULT '{}')
RETURNS postern.api_answer LANGUAGE plpgsql AS $$
DECLARE
    digest bytea := (SELECT hash FROM v);
    answer postern.api_answer;
BEGIN
    PERFORM set_config('role', 'postern_responder', true);
    answer := postern.api(route, digest, '{}', input, NULL);
    PERFORM set_config('role', 'none', true);
    RETURN answer;
END
$$;
CREATE FUNCTION pg_temp.all(route text, size integer)
RETURNS SETOF jsonb LANGUAGE plpgsql AS $$
DECLARE
    input  jsonb := jsonb_build_object('limit', size::text);
    answer postern.api_answer;
BEGIN
    FOR page IN 1 .. 100 LOOP
        answer := pg_temp.call(route, input);
        RETURN QUERY SELECT e
           FROM jsonb_array_elements(answer.body::jsonb -> 'data') AS e;
        EXIT WHEN answer.next IS NULL;
        input := input || jsonb_build_object('cursor', answer.next);
    END LOOP;
END
$$;

-- Types ----------------------------------------------------------------------

SELECT postern.add_event_type('ev.plain');
SELECT postern.add_event_type('ev.rich', 'Says "it".',
    '{"type": "object", "x": [1]}', '{"amount": 7.10}');
SELECT postern.add_event_type('ev.rich');
SELECT postern.add_event_type('ev.a.b');
SELECT is(e, '{"name": "ev.rich", "description": "Says \"it\".",
    "schema": {"type": "object", "x": [1]}, "example": {"amount": 7.10}}',
    'a type has description, schema and example')
  FROM pg_temp.all('list_event_types', 100) AS e WHERE e ->> 'name' = 'ev.rich';
SELECT is(e, '{"name": "ev.plain", "description": null, "schema": null,
    "example": null}', 'or none of them')
  FROM pg_temp.all('list_event_types', 100) AS e WHERE e ->> 'name' = 'ev.plain';
SELECT results_eq(format('SELECT e ->> ''name'' FROM
        pg_temp.all(''list_event_types'', %s) AS e', size),
    'SELECT name COLLATE "default" FROM postern.event_types ORDER BY name',
    'types, and no patterns, by name, ' || size || ' on a page')
  FROM (VALUES (1), (2), (100)) AS v (size);
SELECT throws_ok(format('SELECT postern.add_event_type(''ev.bad'', NULL, %L, %L)',
    json_schema, example), '22023', 'invalid JSON Schema or example for the event type "ev.bad"',
    'no schema or example: ' || left(coalesce(json_schema, example), 10))
  FROM (VALUES ('[]', NULL), ('5', NULL), ('null', NULL),
      (format('{"a": "%s"}', repeat('x', 65536)), NULL),
      (NULL, format('"%s"', repeat('x', 65536)))) AS v (json_schema, example);
SELECT throws_ok(format('SELECT postern.add_event_type(%L)', name), '22023', NULL,
    'patterns come by themselves: ' || name)
  FROM unnest('{*,ev.*}'::text[]) AS name;
SELECT is(postern.add_event_type(repeat('x', 126) || '.y')::text, '',
    'a name whose patterns are long');

-- Patterns -------------------------------------------------------------------

CREATE FUNCTION pg_temp.webhook(account uuid, events text[]) RETURNS uuid
LANGUAGE sql AS $$
    WITH w AS (
        INSERT INTO postern.webhook (account_id, id, url, canonical_url)
        SELECT account, id, 'https://e.example/' || id,
               'https://e.example/' || id
          FROM (SELECT postern.uuid7() AS id) AS new
        RETURNING id
    ), s AS (
        INSERT INTO postern.subscription (account_id, webhook_id, event_type_id)
        SELECT account, w.id, t.id FROM w, postern.event_type AS t
         WHERE t.name = ANY (events)
    )
    SELECT id FROM w
$$;
CREATE TEMP TABLE hook AS
SELECT events, pg_temp.webhook(a, events) AS id
  FROM v, (VALUES ('{ev.plain}'::text[]), ('{ev.*}'), ('{*}'), ('{ev.a.*}'),
      ('{ev.a.b}'), ('{ev.plain,ev.a.b,ev.*,ev.a.*,*}'), ('{t.none.*,*.plain}'))
      AS w (events);
SELECT pg_temp.webhook(b, '{*}') FROM v;
CREATE FUNCTION pg_temp.reached(message text) RETURNS SETOF text
LANGUAGE sql AS $$
    SELECT array_to_string(h.events, '+')
      FROM postern.fresh AS f LEFT JOIN hook AS h ON h.id = f.webhook_id
     WHERE postern.message_name(f.message_id) = message
$$;
SELECT bag_eq(format('SELECT pg_temp.reached(postern.publish(a, %L, ''{}''))
    FROM v', type), format('SELECT unnest(%L::text[])', wanted),
    type || ' reaches once who subscribes to it or a pattern it fits')
  FROM (VALUES ('ev.plain',
      '{ev.plain,ev.*,*,ev.plain+ev.a.b+ev.*+ev.a.*+*}'),
      ('ev.rich', '{ev.*,*,ev.plain+ev.a.b+ev.*+ev.a.*+*}'),
      ('ev.a.b', '{ev.a.b,ev.a.*,ev.*,*,ev.plain+ev.a.b+ev.*+ev.a.*+*}'))
      AS t (type, wanted);
SELECT bag_eq($$ SELECT pg_temp.reached(postern.publish_to_all('ev.rich', '{}')) $$,
    $$ VALUES ('ev.*'), ('*'), ('ev.plain+ev.a.b+ev.*+ev.a.*+*'), (NULL) $$,
    'publish_to_all likewise');
SELECT postern.add_event_type('ev.later.on');
SELECT bag_eq($$ SELECT pg_temp.reached(postern.publish(a, 'ev.later.on', '{}'))
    FROM v $$, $$ VALUES ('ev.*'), ('*'), ('ev.plain+ev.a.b+ev.*+ev.a.*+*') $$,
    'a type that comes later fits the patterns there are');
SELECT throws_ok(format('SELECT postern.publish(a, %L, ''{}'') FROM v', type),
    'P0002', NULL, 'a pattern is not published: ' || type)
  FROM unnest('{*,ev.*}'::text[]) AS type;

-- Another name, and the end ---------------------------------------------------

SELECT postern.add_event_type('ev.misspelt');
CREATE TEMP TABLE own AS
SELECT pg_temp.webhook(a, '{ev.misspelt}') AS id FROM v;
CREATE TEMP TABLE owed AS
SELECT postern.publish(a, 'ev.misspelt', '1') AS message FROM v;
SELECT postern.rename_event_type('ev.misspelt', 'other.spelt');
SELECT throws_ok($$ SELECT postern.publish(a, 'ev.misspelt', '{}') FROM v $$,
    'P0002', NULL, 'a renamed type is not published by its old name');
CREATE TEMP TABLE sent AS
SELECT postern.publish(a, 'other.spelt', '2') AS message FROM v;
SELECT is((SELECT count(*) FROM postern.fresh AS f, own AS o, sent AS s
            WHERE f.webhook_id = o.id
              AND postern.message_name(f.message_id) = s.message), 1::bigint,
    'its subscribers get what is published by the new one');
SELECT bag_eq($$ SELECT h.events FROM postern.fresh AS f, hook AS h, sent AS s
        WHERE f.webhook_id = h.id AND postern.message_name(f.message_id) = s.message $$,
    $$ VALUES ('{*}'::text[]), ('{ev.plain,ev.a.b,ev.*,ev.a.*,*}') $$,
    'as do patterns that this fits, and no other');
SELECT is((SELECT m.body::jsonb ->> 'type' FROM postern.message AS m, owed AS o
            WHERE postern.message_name(m.id) = o.message), 'ev.misspelt',
    'what is owed goes out as it was published');
SELECT throws_ok($$ SELECT postern.rename_event_type('other.spelt', 'ev.plain') $$,
    '23505', NULL, 'not to a name that is there');
SELECT throws_ok(format('SELECT postern.rename_event_type(''other.spelt'', %L)', name),
    '22023', NULL, 'nor to what is none: ' || coalesce(name, 'NULL'))
  FROM (VALUES ('*'), ('ev.*'), ('a b'), (''), (repeat('x', 129)), (NULL)) AS t (name);
SELECT throws_ok(format('SELECT postern.%s', call), 'P0002', NULL, call)
  FROM (VALUES ('rename_event_type(''no.such'', ''x'')'), ('archive_event_type(''ev.*'')'),
      ('rename_event_type(''postern.test'', ''x'')'), ('archive_event_type(''postern.test'')'),
      ('remove_event_type(''no.such'')'), ('remove_event_type(NULL)')) AS t (call);

SELECT throws_ok($$ SELECT postern.remove_event_type('other.spelt') $$, '55000', NULL,
    'what is in use is not removed');
SELECT postern.archive_event_type('other.spelt') FROM generate_series(1, 2);
SELECT throws_ok(format('SELECT postern.%s FROM v', call), 'P0002',
    'the event type "other.spelt" is archived', 'what is archived is not published')
  FROM (VALUES ('publish(a, ''other.spelt'', ''{}'')'),
      ('publish_to_all(''other.spelt'', ''{}'')'),
      ('publish(a, ''other.spelt'', ''{}''::json)')) AS t (call);
SELECT is_empty($$ SELECT FROM pg_temp.all('list_event_types', 100) AS e
    WHERE e ->> 'name' = 'other.spelt' $$, 'nor listed');
SELECT is((postern.api('change_webhook', v.hash, ARRAY[o.id::text],
        '{"events": ["ev.plain", "other.spelt"]}', NULL)).outcome, 'unknown_event',
    'nor subscribed to')
  FROM v, own AS o;
SELECT is((SELECT w.events FROM postern.webhooks AS w, own AS o WHERE w.id = o.id),
    '{other.spelt}', 'who subscribes to it stays so');
SELECT isnt((SELECT t.archived_at FROM postern.event_types AS t
              WHERE t.name = 'other.spelt'), NULL, 'operators see since when');
SELECT throws_ok($$ SELECT postern.remove_event_type('other.spelt') $$, '55006', NULL,
    'it is not removed while a transaction may know it otherwise');
UPDATE postern.event_type SET archived_in = '3' WHERE name = 'other.spelt';
SELECT throws_ok($$ SELECT postern.remove_event_type('other.spelt') $$, '2BP01',
    'webhooks subscribe to the event type "other.spelt"', 'nor while it is subscribed to');
DELETE FROM postern.subscription AS s USING own AS o WHERE s.webhook_id = o.id;
SELECT throws_ok($$ SELECT postern.remove_event_type('other.spelt') $$, '2BP01',
    'events of the type "other.spelt" are kept', 'nor while events of it are kept');
DELETE FROM postern.message AS m USING postern.event_type AS t
 WHERE m.event_type_id = t.id AND t.name = 'other.spelt';
SELECT lives_ok($$ SELECT postern.remove_event_type('other.spelt') $$, 'else it is');
SELECT is_empty($$ SELECT FROM postern.event_types WHERE name = 'other.spelt' $$,
    'and gone');
SELECT postern.archive_event_type('ev.plain');
SELECT postern.add_event_type('ev.plain');
SELECT bag_eq($$ SELECT pg_temp.reached(postern.publish(a, 'ev.plain', '{}')) FROM v $$,
    $$ VALUES ('ev.plain'), ('ev.*'), ('*'), ('ev.plain+ev.a.b+ev.*+ev.a.*+*') $$,
    'what is added again is as it was');

SELECT * FROM finish();
ROLLBACK;
