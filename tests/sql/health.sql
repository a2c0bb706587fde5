-- health.sql - how webhooks fared is kept by the hour, and shown.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

SELECT postern.open_always(), postern.add_event_type('h.event');
CREATE TEMP TABLE account AS
SELECT n, postern.create_account('health.sql ' || n) AS id FROM generate_series(1, 2) AS n;
CREATE TEMP TABLE token AS
SELECT sha256(convert_to(postern.issue_token(id), 'UTF8')) AS hash
  FROM account WHERE n = 1;
CREATE TEMP TABLE hook AS
SELECT a.id AS account, postern.uuid7() AS id, i AS n
  FROM account AS a, generate_series(1, 3) AS i WHERE a.n = 1;
INSERT INTO postern.webhook (account_id, id, url, canonical_url)
SELECT account, id, 'https://h.example/' || n, 'https://h.example/' || n FROM hook;
CREATE FUNCTION pg_temp.hook(n integer) RETURNS uuid
LANGUAGE sql AS $$ SELECT id FROM hook WHERE hook.n = $1 $$;

CREATE FUNCTION pg_temp.call(route text, n integer, input jsonb DEFAULT '{}',
    if_match text[] DEFAULT NULL)
RETURNS postern.api_answer LANGUAGE sql AS $$
    SELECT postern.api(route, hash, ARRAY[pg_temp.hook(n)::text], input, if_match) FROM token
$$;
CREATE FUNCTION pg_temp.health(n integer) RETURNS jsonb LANGUAGE sql AS $$
    SELECT (pg_temp.call('get_webhook', n)).body::jsonb -> 'health'
$$;
-- As a worker does.
CREATE FUNCTION pg_temp.note(n integer, attempts integer, taken integer,
    status integer DEFAULT NULL, age_ms bigint DEFAULT 0)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    theirs uuid := (SELECT id FROM account WHERE account.n = 1);
    id     uuid := pg_temp.hook(n);
BEGIN
    PERFORM set_config('role', 'postern_delivery', true);
    PERFORM postern.note_health(ARRAY[theirs], ARRAY[id], ARRAY[attempts],
        ARRAY[taken], ARRAY[status], ARRAY[age_ms]);
    PERFORM set_config('role', 'none', true);
END
$$;

-- Hours ----------------------------------------------------------------------

SELECT is((postern.add_hour(hours, passed, n))[:4], wanted,
        format('%s hours later: %s', passed, wanted))
  FROM (VALUES (0, '{6,2,3,4}'::integer[]), (1, '{5,1,2,3}'), (3, '{5,0,0,1}'),
        (23, '{5,0,0,0}'), (24, '{5,0,0,0}'), (1000000, '{5,0,0,0}'),
        (-1, '{6,2,3,4}')) AS v (passed, wanted),
       (SELECT '{1,2,3,4}'::integer[] || array_fill(0, ARRAY[20]) AS hours, 5 AS n) AS h;
SELECT ok(every(cardinality(postern.add_hour(array_fill(1, ARRAY[24]), passed, 1)) = 24),
    'there are always 24')
  FROM generate_series(-1, 30) AS passed;

-- What is shown --------------------------------------------------------------

SELECT is(pg_temp.health(1),
    '{"attempts": 0, "taken": 0, "last_status": null, "last_at": null}',
    'a new webhook has had none');
SELECT pg_temp.note(1, 3, 2, 200, 1000);
SELECT is(pg_temp.health(1) - 'last_at', '{"attempts": 3, "taken": 2, "last_status": 200}',
    'what a worker noted is shown');
SELECT ok((pg_temp.health(1) ->> 'last_at')::timestamptz
    BETWEEN clock_timestamp() - interval '10 s' AND clock_timestamp() - interval '1 s',
    'and when the last answer was');
SELECT pg_temp.note(1, 4, 0, 500, 2000);
SELECT is(pg_temp.health(1) - 'last_at', '{"attempts": 7, "taken": 2, "last_status": 200}',
    'what another noted is added; an older answer is not the last');
SELECT pg_temp.note(1, 1, 0);
SELECT is(pg_temp.health(1) ->> 'last_status', '200', 'no answer is none');
SELECT pg_temp.note(2, 1, 0);
SELECT is(pg_temp.health(2), '{"attempts": 1, "taken": 0, "last_status": null, "last_at": null}',
    'one that has never answered');
SELECT is((SELECT jsonb_agg(w -> 'health' -> 'attempts' ORDER BY w ->> 'url')
             FROM jsonb_array_elements((pg_temp.call('list_webhooks', 1)).body::jsonb
                 -> 'data') AS w), '[8, 1, 0]', 'the list shows each');

UPDATE postern.health SET hour = hour - 5;
SELECT pg_temp.note(1, 1, 1, 200);
SELECT is(pg_temp.health(1) -> 'attempts', '9', 'five hours later all count');
UPDATE postern.health SET hour = hour - 19;
SELECT is(pg_temp.health(1) -> 'attempts', '1', 'a day later the first do no longer');
UPDATE postern.health SET hour = hour - 100;
SELECT is(pg_temp.health(1) -> 'attempts', '0', 'nor anything after that');
SELECT is(pg_temp.health(1) -> 'last_status', '200', 'but the last answer stays');

-- Entity tags ----------------------------------------------------------------

CREATE TEMP TABLE tag AS SELECT (pg_temp.call('get_webhook', 1)).etag AS etag;
SELECT is((pg_temp.call('get_webhook', 1)).etag, (SELECT etag FROM tag),
    'the entity tag stays while nothing happens');
SELECT pg_temp.note(1, 1, 1, 200);
SELECT isnt((pg_temp.call('get_webhook', 1)).etag, (SELECT etag FROM tag),
    'an attempt changes it');
SELECT is((pg_temp.call('change_webhook', 1, '{"rate": 2}', ARRAY[(SELECT etag FROM tag)])).outcome,
    'ok', 'but is no change to its settings');
SELECT is((pg_temp.call('change_webhook', 1, '{"rate": 3}', ARRAY[(SELECT etag FROM tag)])).outcome,
    'precondition_failed', 'as a change is');

-- Who is gone ----------------------------------------------------------------

SELECT pg_temp.call('delete_webhook', 1);
SELECT pg_temp.note(1, 1, 1, 200);
SELECT is_empty($$SELECT FROM postern.health WHERE webhook_id = pg_temp.hook(1)$$,
    'of a deleted webhook nothing is kept, nor noted');
SELECT throws_ok($$SET LOCAL ROLE postern_responder;
    SELECT postern.note_health('{}', '{}', '{}', '{}', '{}', '{}')$$, '42501', NULL,
    'workers alone note it');
SELECT * FROM finish();
ROLLBACK;
