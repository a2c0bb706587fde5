-- rooms.sql - what a claim takes, and what it leaves for want of room.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

-- Plans are made while the tables are known to be empty.
ANALYZE;

-- Accounts 1 to 4. Of each, webhooks a, b, c and d take what they are sent, m,
-- n, p, q and r have not been sent anything, f fails, and o is ordered.
SELECT postern.maintain(), postern.add_event_type('r.event');
CREATE TEMP TABLE acc AS
SELECT n, postern.create_account('rooms ' || n) AS id FROM generate_series(1, 4) AS n;
CREATE TEMP TABLE hook AS
SELECT acc.n || letter AS name, acc.n, acc.id AS account, letter, postern.uuid7() AS id
  FROM acc, unnest('{a,b,c,d,m,n,p,q,r,f,o}'::text[]) AS letter;
INSERT INTO postern.webhook (account_id, id, url, canonical_url, proven, ordered)
SELECT account, id, 'https://r.example/' || name, 'https://r.example/' || name,
       letter IN ('a', 'b', 'c', 'd', 'o'), letter = 'o'
  FROM hook;
CREATE TEMP TABLE one AS SELECT postern.uuid7() AS message;
INSERT INTO postern.message (id, account_id, event_type_id, owed, body)
SELECT message, NULL, t.id, 1, '{}'
  FROM one, postern.event_type AS t WHERE t.name = 'r.event';

-- '1a*3 2b' is three for webhook a of account 1, and then one of b for 2.
CREATE FUNCTION pg_temp.read(what text)
RETURNS TABLE (n bigint, account uuid, hook uuid, many integer)
LANGUAGE sql AS $$
    SELECT w.n, h.account, h.id, coalesce(split_part(w.word, '*', 2), '')::integer
      FROM (SELECT word || CASE WHEN word ~ '\*' THEN '' ELSE '*1' END AS word, n
              FROM regexp_split_to_table(what, ' ') WITH ORDINALITY AS t (word, n)) AS w
      JOIN hook AS h ON h.name = split_part(w.word, '*', 1)
     ORDER BY w.n
$$;
CREATE FUNCTION pg_temp.owe(what text) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO postern.fresh (account_id, webhook_id, message_id)
    SELECT r.account, r.hook, one.message
      FROM one, pg_temp.read(what) AS r, generate_series(1, r.many) ORDER BY r.n
$$;
-- Due in this order, a millisecond apart.
CREATE FUNCTION pg_temp.park(what text) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO postern.backlog (id, account_id, webhook_id, message_id, ordered,
        attempt_no, retry_no, due_at)
    SELECT nextval('postern.delivery_id'), r.account, r.hook, one.message,
           r.hook IN (SELECT id FROM hook WHERE letter = 'o'), 0, 0, now()
      FROM one, pg_temp.read(what) AS r, generate_series(1, r.many) ORDER BY r.n;
    INSERT INTO postern.lane AS l (account_id, webhook_id, next_at)
    SELECT r.account, r.hook, clock_timestamp() - interval '1 s' + r.n * interval '1 ms'
      FROM pg_temp.read(what) AS r
    ON CONFLICT ON CONSTRAINT lane_pkey DO UPDATE SET next_at = excluded.next_at
$$;
CREATE FUNCTION pg_temp.forget() RETURNS void
LANGUAGE sql AS $$
    DELETE FROM postern.fresh;
    DELETE FROM postern.backlog;
    DELETE FROM postern.in_flight;
    DELETE FROM postern.lane;
    INSERT INTO postern.lane (account_id, webhook_id, next_at, failures)
    SELECT account, id, 'infinity', 1 FROM hook WHERE letter = 'f'
$$;

CREATE FUNCTION pg_temp.accounts(of jsonb) RETURNS uuid[]
LANGUAGE sql AS $$
    SELECT coalesce(array_agg(acc.id ORDER BY o.n), '{}')
      FROM jsonb_array_elements_text(of) WITH ORDINALITY AS o (name, n)
      JOIN acc ON acc.n::text = o.name
$$;
CREATE FUNCTION pg_temp.values_of(of jsonb, otherwise integer) RETURNS integer[]
LANGUAGE sql AS $$
    SELECT coalesce(array_agg(coalesce((of ->> acc.n::text)::integer, otherwise)
               ORDER BY acc.n), '{}') FROM acc
$$;
-- By what is in the JSON: wanted; each and room of an account; hooks, rooms of
-- webhooks; accounts, suspects and failings, rooms of accounts; suspect and
-- failing, of all such, owed, of those that have waited; visit, accounts from the first id on; due, accounts from
-- the first lane on; low and past.
CREATE FUNCTION pg_temp.claim(how jsonb)
RETURNS TABLE (id bigint, attempt_no integer, retry_no integer, webhook_id uuid,
    message_id uuid, max_in_flight integer, account_id uuid, standing integer,
    due_at timestamptz)
LANGUAGE sql AS $$
    SELECT c.id, c.attempt_no, c.retry_no, c.webhook_id, c.message_id,
           c.max_in_flight, c.account_id, c.standing, c.due_at
      FROM postern.claim(low => CASE WHEN how ->> 'low' = 'end'
               THEN (SELECT max(f.id) FROM postern.fresh AS f)
               ELSE coalesce((how ->> 'low')::bigint, 0) END,
           wanted => coalesce((how ->> 'wanted')::integer, 100), lease => '60 s',
           each => coalesce((how ->> 'each')::integer, 1000),
           busy => ARRAY(SELECT h.id FROM jsonb_object_keys(how -> 'hooks') AS k
                           JOIN hook AS h ON h.name = k ORDER BY h.name),
           busy_room => ARRAY(SELECT (how -> 'hooks' ->> h.name)::integer
                                FROM jsonb_object_keys(how -> 'hooks') AS k
                                JOIN hook AS h ON h.name = k ORDER BY h.name),
           account_each => coalesce((how ->> 'room')::integer, 1000),
           accounts => ARRAY(SELECT acc.id FROM acc ORDER BY acc.n),
           account_room => pg_temp.values_of(how -> 'accounts',
               coalesce((how ->> 'room')::integer, 1000)),
           suspect_room => coalesce((how ->> 'suspect')::integer, 1000),
           failing_room => coalesce((how ->> 'failing')::integer, 1000),
           suspect_owed => coalesce((how ->> 'owed')::integer, 1000),
           failing_owed => 1000,
           suspect_each => 1000,
           suspect_rooms => pg_temp.values_of(how -> 'suspects', 1000),
           failing_each => 1000,
           failing_rooms => pg_temp.values_of(how -> 'failings', 1000),
           visit => pg_temp.accounts(coalesce(how -> 'visit', '[]')
               || coalesce(how -> 'due', '[]')),
           visit_low => array_fill(0::bigint,
                   ARRAY[jsonb_array_length(coalesce(how -> 'visit', '[]'))])
               || array_fill(NULL::bigint,
                   ARRAY[jsonb_array_length(coalesce(how -> 'due', '[]'))]),
           visit_due => array_fill(NULL::timestamptz,
                   ARRAY[jsonb_array_length(coalesce(how -> 'visit', '[]'))])
               || array_fill('-infinity'::timestamptz,
                   ARRAY[jsonb_array_length(coalesce(how -> 'due', '[]'))]),
           past => CASE WHEN how ? 'past' THEN
               '00000000-0000-0000-0000-000000000000'::uuid END,
           lanes_low => coalesce((how ->> 'lanes')::timestamptz, '-infinity')) AS c
$$;
-- What is taken; +, accounts that have more; and how many are fresh and wait.
CREATE FUNCTION pg_temp.play(owed text, parked text, how jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    taken text;
    more  text;
BEGIN
    PERFORM pg_temp.forget(), pg_temp.park(parked), pg_temp.owe(owed);
    WITH c AS (SELECT * FROM pg_temp.claim(how))
    SELECT (SELECT string_agg(t.name || CASE WHEN t.many > 1 THEN '*' || t.many ELSE '' END,
                       ' ' ORDER BY t.name)
              FROM (SELECT hook.name, count(*) AS many
                      FROM c JOIN hook ON hook.id = c.webhook_id GROUP BY hook.name) AS t),
           (SELECT string_agg(acc.n::text, '' ORDER BY acc.n)
              FROM c JOIN acc ON acc.id = c.account_id WHERE c.webhook_id IS NULL)
      INTO taken, more;
    RETURN concat(taken, ' +', more, ' ', (SELECT count(*) FROM postern.fresh), ' ',
        (SELECT count(*) FROM postern.backlog));
END
$$;

SELECT is(pg_temp.play(owed, parked, how::jsonb), what, name)
  FROM (VALUES
    (1, '1a*3 2a*3', '', '{}', '1a*3 2a*3 + 0 0',
        'what there is room for is taken'),
    (2, '1a*9 2a*3', '', '{"accounts": {"1": 2}}', '1a*2 2a*3 +1 7 0',
        'of an account no more than its room; the rest stays, and is told of'),
    (3, '1a*9 2a*3', '', '{"accounts": {"1": 0}}', '2a*3 +1 9 0',
        'nothing of one that is full'),
    (4, '1a*400 2a', '', '{"accounts": {"1": 0}}', '2a +1 400 0',
        'however many of its are before those of others'),
    (5, '1a*400 2a 1b*1600 2b', '', '{"accounts": {"1": 0}}', '2a +1 2001 0',
        'but some 2,000'),
    (6, '1a*2100 2a 3a', '', '{"accounts": {"1": 0}, "past": 1}', '2a 3a +1 2100 0',
        'unless others are looked for by account'),
    (7, '1a*400 2a*9', '', '{"accounts": {"1": 0}, "wanted": 8}', '2a*6 +1 403 0',
        'three quarters of what is wanted'),
    (8, '1a*9 2a', '', '{"room": 3}', '1a*3 2a +1 6 0',
        'an account that is not named has room as well'),
    (9, '1a*3 1b*3 1c*3', '', '{"accounts": {"1": 4}}', '1a*3 1b +1 5 0',
        'in the order in which they were published'),
    (10, '1a*5 1b', '', '{"each": 2}', '1a*2 1b +1 0 3',
        'what a webhook has no room for waits in its backlog'),
    (11, '1a*5 1b 2a', '', '{"hooks": {"1a": 0}, "accounts": {"1": 1}}', '1b 2a +1 0 5',
        'and takes no room of its account'),
    (12, '1a*5 1b', '', '{"hooks": {"1a": 0}, "accounts": {"1": 0}}', ' +1 6 0',
        'but stays if its account is full'),
    (13, '1a*400 1b', '', '{"hooks": {"1a": 0}}', '1b +1 336 64',
        'a claim moves some of such, and finds others behind them'),
    (14, '1n*3 1a', '', '{"suspects": {"1": 1}}', '1a 1n +1 0 2',
        'of webhooks that are not proven no more than there is room for'),
    (15, '1n*3 1a 2n*3', '', '{"suspect": 2}', '1a 1n*2 +12 4 0', 'of all such'),
    (16, '1n*3 1a 2n*3', '', '{"suspect": 2, "suspects": {"1": 0}}', '1a 2n*2 +12 1 3',
        'counting none that does not go'),
    (17, '1f*2 1n*2 1a', '', '{"failings": {"1": 0}}', '1a 1n*2 +1 0 2',
        'and of those that fail'),
    (18, '1f*2 1n*2 2f', '', '{"failing": 1, "suspect": 2}', '1f 1n +12 3 0',
        'which are among those that are not proven'),
    (38, '1n*400 1a 2a', '', '{"suspects": {"1": 0}}', '1a 2a +1 384 16',
        'a heap of such stays where it is, but for a few'),
    (39, '1n*400 1o*400 2a', '', '{"low": "end", "visit": [1], "suspects": {"1": 0}}',
        ' +1 793 8', 'and of a visit'),
    (40, '1o*400 1a 2o 2a', '', '{"accounts": {"1": 9}}', '1o 2a 2o +1 337 63',
        'and of what is ordered, so that a claim is short'),
    (19, '1o 2a', '', '{}', '1o 2a + 0 0', 'one of an ordered webhook goes at once'),
    (20, '1a*9 2a*9', '', '{"low": "end", "visit": [1]}', '1a*9 + 9 0',
        'a visit finds what lies below'),
    (21, '1a*9 2a*9', '', '{"low": "end", "visit": [1], "accounts": {"1": 2}}',
        '1a*2 +1 16 0', 'as much as there is room for'),
    (22, '1a*9 2a*9', '', '{"low": "end", "visit": [1], "accounts": {"1": 0}}', ' +1 18 0',
        'though that be nothing'),
    (23, '1a*400', '', '{"visit": [1]}', '1a*100 +1 300 0',
        'a visit alone has all that is wanted'),
    (24, '1a*400 2a*400', '', '{"visit": [1, 2]}', '1a*50 2a*50 +12 700 0',
        'two have half of it each'),
    (25, '1a*400 3a*90', '', '{"visit": [1]}', '1a*63 3a*37 +1 390 0',
        'what is new keeps its half of what backlogs leave'),
    (26, '1a*40 2a*40 3a*40', '', '{"low": "end", "visit": [3, 1, 2], "wanted": 20}',
        '1a*8 2a*4 3a*8 +123 100 0', 'of visits those go first that come first'),
    (27, '1a 2a', '', '{"visit": [1, 3]}', '1a 2a + 0 0',
        'one that is not told of has no more'),
    (28, '', '1a*3 2a*3', '{}', '1a*3 2a*3 + 0 0', 'lanes that are due are taken'),
    (29, '', '1a*3 2a*3', '{"accounts": {"1": 0}}', '2a*3 +1 0 3',
        'not those of an account that is full, which is told of'),
    (30, '', '1a*9 2a*3', '{"accounts": {"1": 2}}', '1a*2 2a*3 +1 0 7',
        'nor more than its room'),
    (31, '', '1a*9', '{"hooks": {"1a": 0}}', ' +1 0 9',
        'nor those of a webhook that is full'),
    (32, '', '1n*3 1a 1f*2', '{"suspects": {"1": 0}}', '1a +1 0 5',
        'nor of those that are not proven'),
    (33, '', '1n*3 1a 1f*2', '{"failing": 0}', '1a 1n*3 +1 0 2', 'or fail'),
    (34, '', '1a*20 1b*20 1c*20 1d*20 2a', '{"wanted": 10}',
        '1a*2 1b*3 1c*2 1d*2 2a +1 0 71',
        'each lane has as much as the others'),
    (35, '2a*100', '1a*100', '{"wanted": 20}', '1a*5 2a*15 +1 85 95',
        'a quarter is for lanes'),
    (36, '', '1a*9 2a*9', '{"due": [1], "lanes": "infinity"}', '1a*9 + 0 9',
        'a visit finds the lanes of an account'),
    (37, '', '1a*9 2a*9', '{"past": 1, "lanes": "infinity"}', ' + 0 18',
        'lanes that are due from another time on are not looked for'),
    (41, '1n*3', '2n*3', '{"suspect": 4, "owed": 3}', '1n*3 +2 0 3',
        'what has waited leaves some of the room to what is new'),
    (42, '1n', '2n*3', '{"suspect": 4, "owed": 3}', '1n 2n*2 +2 0 1', 'as much as is said'),
    (43, '1n*3', '', '{"low": "end", "visit": [1], "suspect": 3, "owed": 1}', '1n +1 2 0',
        'so too in a visit'),
    (44, '1n*3', '', '{"low": "end", "past": 1, "suspect": 3, "owed": 0}', ' + 3 0',
        'and past others'),
    (45, '', '1m 1n 1p 1q 1r 2m 2n 2p 2q 2r 3m 3n 3p 3q 3r 4m 4n 4p 4q 4r 1a',
        '{"suspect": 1}', '1a 1m +1234 0 19',
        'lanes that there is no room for keep out no others'))
       AS t (n, owed, parked, how, what, name)
 ORDER BY n;

-- What the summary says ------------------------------------------------------

SELECT pg_temp.play('1a*3', '', '{"accounts": {"1": 0}}');
SELECT results_eq($$SELECT c.id - f.first, attempt_no, retry_no, max_in_flight
      FROM pg_temp.claim('{"accounts": {"1": 0}}') AS c,
           (SELECT min(id) AS first FROM postern.fresh) AS f
     WHERE c.webhook_id IS NULL ORDER BY c.account_id NULLS FIRST$$,
    $$VALUES (2::bigint, 0, 0, NULL::integer), (-1::bigint, NULL, 0, NULL)$$,
    'a claim tells how far it looked, and below which id nothing is left');
SELECT pg_temp.play('1a*2100 2a', '', '{"accounts": {"1": 0}}');
SELECT is((SELECT max_in_flight FROM pg_temp.claim('{"accounts": {"1": 0}}')
            WHERE account_id IS NULL), 1, 'and that it did not come to the end');
SELECT is((SELECT count(*) FROM postern.in_flight), 0::bigint, 'of a heap');
SELECT pg_temp.play('1n*2100 2a', '', '{"suspects": {"1": 0}}');
SELECT is((SELECT max_in_flight FROM pg_temp.claim('{"suspects": {"1": 0}}')
            WHERE account_id IS NULL), 1, 'of whatever kind');
SELECT pg_temp.play('1a*2100 2a', '', '{"accounts": {"1": 0}}');
SELECT results_eq(format($$SELECT webhook_id FROM pg_temp.claim('{"low": %s,
    "accounts": {"1": 0}}') WHERE webhook_id IS NOT NULL$$, min(id) + 1999),
    $$SELECT id FROM hook WHERE name = '2a'$$, 'the next claim goes on from there')
  FROM postern.fresh;

-- From one account to the next ------------------------------------------------

SELECT pg_temp.forget(), pg_temp.owe('1a*2100 2a*9 4a');
CREATE TEMP TABLE lap AS SELECT * FROM pg_temp.claim('{"accounts": {"1": 0}, "past": 1}');
SELECT results_eq($$SELECT h.name, count(*) FROM lap AS c JOIN hook AS h
        ON h.id = c.webhook_id GROUP BY 1 ORDER BY 1$$,
    $$VALUES ('2a', 4::bigint), ('4a', 1)$$, 'of each account a few are taken');
SELECT results_eq($$SELECT acc.n, c.id - f.first FROM lap AS c
        JOIN acc ON acc.id = c.account_id,
        (SELECT min(id) AS first FROM postern.fresh) AS f
     WHERE c.webhook_id IS NULL ORDER BY 1$$,
    $$VALUES (1, -1::bigint), (2, 2103::bigint)$$, 'and it is told where the others are');
SELECT is((SELECT message_id FROM lap WHERE account_id IS NULL), NULL, 'then the lap is done');

-- Much that is due --------------------------------------------------------------

CREATE TEMP TABLE many AS
SELECT postern.uuid7() AS id, clock_timestamp() - interval '1 min' + n * interval '1 ms' AS at
  FROM generate_series(1, 2500) AS n;
SELECT pg_temp.forget(), pg_temp.park('2a');
INSERT INTO postern.lane (account_id, webhook_id, next_at)
SELECT acc.id, many.id, many.at FROM many, acc WHERE acc.n = 1;
CREATE TEMP TABLE look AS SELECT * FROM pg_temp.claim('{"accounts": {"1": 0}}');
SELECT results_eq('SELECT due_at FROM look WHERE account_id IS NULL',
    'SELECT at FROM many ORDER BY at OFFSET 1999 LIMIT 1',
    'where very many lanes are due, it is told where the look at them stopped');
SELECT is_empty('SELECT FROM look WHERE webhook_id IS NOT NULL', 'before what is behind');
SELECT results_eq('SELECT acc.n, due_at, retry_no FROM look JOIN acc ON acc.id = account_id',
    'SELECT 1, min(at), 1 FROM many', 'and of the account since when its are due');
SELECT results_eq(format($$SELECT h.name FROM pg_temp.claim('{"accounts": {"1": 0},
    "lanes": %s}') AS c JOIN hook AS h ON h.id = c.webhook_id$$, to_json(due_at)),
    $$VALUES ('2a')$$, 'the next one goes on from there')
  FROM look WHERE account_id IS NULL;
SELECT pg_temp.park('3a');
SELECT results_eq($$SELECT h.name FROM pg_temp.claim('{"accounts": {"1": 0}, "past": 1}') AS c
    JOIN hook AS h ON h.id = c.webhook_id$$,
    $$VALUES ('3a')$$, 'and to look for accounts finds their lanes as well');

-- A claim reads no more than it looks at -----------------------------------------

CREATE FUNCTION pg_temp.read() RETURNS TABLE (name text, read bigint)
LANGUAGE sql AS $$
    SELECT relname::text, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)
      FROM pg_stat_xact_user_tables WHERE schemaname = 'postern'
$$;
CREATE FUNCTION pg_temp.reads(how jsonb) RETURNS TABLE (name text, read bigint)
LANGUAGE plpgsql AS $$
BEGIN
    CREATE TEMP TABLE before ON COMMIT DROP AS SELECT * FROM pg_temp.read();
    PERFORM pg_temp.claim(how);
    RETURN QUERY SELECT r.name, r.read - before.read
      FROM pg_temp.read() AS r JOIN before USING (name)
     WHERE r.name IN ('fresh', 'backlog', 'in_flight', 'lane', 'account')
       AND r.read - before.read > 500;
    DROP TABLE before;
END
$$;
CREATE TEMP TABLE theirs AS SELECT * FROM hook WHERE n = 1 AND letter <> 'o';
SELECT pg_temp.forget(), pg_temp.owe('1a*3000'), pg_temp.park('1b*3000');
INSERT INTO postern.lane (account_id, webhook_id, next_at)
SELECT acc.id, many.id, now() + interval '1 h' FROM many, acc WHERE acc.n = 1;
INSERT INTO postern.backlog (id, account_id, webhook_id, message_id, ordered,
    attempt_no, retry_no, due_at)
SELECT nextval('postern.delivery_id'), acc.id, many.id, one.message, false, 1, 1, 'infinity'
  FROM one, many, acc WHERE acc.n = 1;
INSERT INTO postern.in_flight (id, account_id, webhook_id, message_id, ordered,
    attempt_no, retry_no, lease_until)
SELECT nextval('postern.delivery_id'), acc.id, many.id, one.message, false, 1, 1, 'infinity'
  FROM one, many, acc WHERE acc.n = 1;
SELECT pg_temp.owe('2a*9 2n*9 2f*9 2o*9'), pg_temp.park('2b*9 2m 2o*5');
SELECT is_empty(format('SELECT * FROM pg_temp.reads(%L)', how), name)
  FROM (VALUES
    (1, '{"low": "end"}', 'a claim of what is new reads nothing else'),
    (2, '{"low": "end", "visit": [2], "due": [2]}', 'nor does one that visits an account'),
    (3, '{"low": "end", "visit": [1], "due": [1], "wanted": 20}', 'one that has much'),
    (4, '{"low": "end", "past": 1, "wanted": 20}', 'or one that asks all'))
       AS t (n, how, name)
 ORDER BY n;

SELECT * FROM finish();
ROLLBACK;
