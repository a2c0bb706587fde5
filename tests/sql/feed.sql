-- feed.sql - reading events behind a cursor, while others publish.
--
-- It is of several sessions, and committed. This one must have none open that has
-- published, for a reader waits for it.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS dblink;
SELECT postern.open_always();
SELECT postern.add_event_type('ev.feed');
SELECT postern.create_account('events.sql feed') AS account,
       postern.create_account('events.sql other') AS other \gset
SELECT postern.issue_token(:'account') AS token \gset
SELECT set_config('test.account', :'account', false),
       set_config('test.other', :'other', false),
       set_config('test.hash', sha256(convert_to(:'token', 'UTF8'))::text, false);
SELECT dblink_connect(name, format('host=%s port=%s dbname=%s user=%s',
           split_part(current_setting('unix_socket_directories'), ',', 1),
           current_setting('port'), current_database(), current_user))
  FROM unnest('{reader,p1,p2,p3,p4}'::text[]) AS name;
-- As the responder's sessions are.
SELECT dblink_exec('reader', 'SET default_transaction_isolation = ''read committed''');

CREATE FUNCTION pg_temp.ask(what text) RETURNS postern.api_answer
LANGUAGE sql AS $$
    SELECT * FROM dblink('reader', format(
        'SELECT * FROM postern.api(''list_events'', %L, ''{}'', %L, NULL)',
        current_setting('test.hash'), what))
        AS t (outcome text, body text, etag text, next text, parameter text,
              value jsonb, retry_after integer, text text)
$$;
-- What is new behind the cursor, which moves.
CREATE FUNCTION pg_temp.news() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    place  text := current_setting('test.cursor', true);
    answer postern.api_answer := pg_temp.ask(jsonb_strip_nulls(
        jsonb_build_object('limit', '3', 'cursor', nullif(place, '')))::text);
BEGIN
    PERFORM set_config('test.cursor',
        coalesce(answer.body::jsonb ->> 'next_cursor', ''), false);
    RETURN coalesce((SELECT string_agg(e #>> '{data,n}', ' ' ORDER BY n)
           FROM jsonb_array_elements(answer.body::jsonb -> 'data')
                WITH ORDINALITY AS e (e, n)), '')
        || CASE WHEN answer.next IS NULL THEN '' ELSE ' ...' END;
END
$$;
CREATE FUNCTION pg_temp.publish(publisher text, n integer,
    account text DEFAULT current_setting('test.account')) RETURNS void
LANGUAGE sql AS $$
    SELECT FROM dblink(publisher, format(CASE account WHEN 'all'
        THEN 'SELECT postern.publish_to_all(''ev.feed'', ''{"n": %s}'')'
        ELSE 'SELECT postern.publish(%2$L, ''ev.feed'', ''{"n": %1$s}'')' END,
        n, account)) AS t (id text)
$$;
CREATE FUNCTION pg_temp.say(publisher text, what text) RETURNS void
LANGUAGE sql AS $$ SELECT FROM dblink_exec(publisher, what) AS t (x) $$;

SELECT no_plan();
SELECT is((pg_temp.ask('{}')).body, '{"data":[],"next_cursor":null}',
    'nothing was ever published');
SELECT pg_temp.publish('p1', 1), pg_temp.publish('p1', 99, current_setting('test.other')),
       pg_temp.publish('p1', 2, 'all');
SELECT is(pg_temp.news(), '1 2', 'the account''s own, and those to all');
SELECT is(pg_temp.news(), '', 'each once');
SELECT isnt(current_setting('test.cursor'), '', 'the cursor stays');
SELECT pg_temp.say('reader', 'SET track_functions = ''all'''), pg_temp.say('reader', 'BEGIN');
SELECT is(pg_temp.news(), '', 'who asks in vain');
SELECT is_empty($$ SELECT * FROM dblink('reader', 'SELECT calls FROM pg_stat_xact_user_functions
    WHERE schemaname = ''postern'' AND funcname = ''feed_end''') AS t (calls bigint) $$,
    'has nobody''s locks looked at');
SELECT pg_temp.say('reader', 'COMMIT'), pg_temp.say('reader', 'RESET track_functions');
SELECT pg_temp.publish('p1', n) FROM generate_series(3, 4) AS n;
-- Ids have the millisecond, by which 5 is to be told from 4.
DO $$
DECLARE
    later timestamptz := clock_timestamp() + interval '1 ms';
BEGIN
    WHILE clock_timestamp() < later LOOP
    END LOOP;
END
$$;
SELECT pg_temp.publish('p1', n) FROM generate_series(5, 6) AS n;
SELECT is(pg_temp.news(), '3 4 5 ...', 'page by page');
SELECT is(pg_temp.news(), '6', 'to the end');
SELECT results_eq($$ SELECT e - 'timestamp' FROM jsonb_array_elements(
        (pg_temp.ask('{"limit": "1"}')).body::jsonb -> 'data') AS e $$,
    $$ SELECT jsonb_build_object('id', id, 'type', 'ev.feed', 'data', data)
         FROM postern.messages WHERE data ->> 'n' = '1' AND type = 'ev.feed' $$,
    'an event has id, type, timestamp and data');
SELECT is((pg_temp.ask(jsonb_build_object('cursor', cursor)::text)).outcome,
    'invalid_parameter', 'no cursor: ' || cursor)
  FROM (VALUES (''), ('0'), (repeat('f', 48)), (repeat('8', 48)),
      (repeat('0', 47) || 'x')) AS v (cursor);

CREATE FUNCTION pg_temp.since(ask jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a.parameter, string_agg(e #>> '{data,n}', ' ' ORDER BY n)
               || CASE WHEN a.next IS NULL THEN '' ELSE ' ...' END, '')
      FROM pg_temp.ask(ask::text) AS a
      LEFT JOIN jsonb_array_elements(a.body::jsonb -> 'data')
           WITH ORDINALITY AS e (e, n) ON true
     GROUP BY a.parameter, a.next
$$;
SELECT postern.api_time(postern.uuid7_time(
           substr(id, 5)::uuid) + interval '1 ms') AS after_4
  FROM postern.messages WHERE data ->> 'n' = '4' AND type = 'ev.feed' \gset
SELECT is(pg_temp.since(jsonb_build_object('since', since, 'limit', '4')), events,
    'those since ' || since)
  FROM (VALUES ('2020-01-01T00:00:00Z', '1 2 3 4 ...'), (:'after_4', '5 6'),
      ('2999-01-01T00:00:00+14:00', ''), ('yesterday', 'since')) AS v (since, events);
SELECT is(pg_temp.since(jsonb_build_object('since', :'after_4', 'limit', '4', 'cursor',
        (pg_temp.ask('{"since": "2020-01-01T00:00:00Z", "limit": "1"}')).next)),
    '5 6', 'behind a cursor too');
SELECT set_config('test.cursor', (pg_temp.ask('{"since": "2999-01-01T00:00:00Z"}')).body::jsonb
    ->> 'next_cursor', false);
SELECT is(pg_temp.news(), '', 'whoever asks for what is to come is at the end');

SELECT pg_temp.say('p1', 'BEGIN'), pg_temp.publish('p1', 7);
SELECT pg_temp.publish('p2', 8);
SELECT is(pg_temp.news(), '',
    'nothing is read past a transaction that may yet publish');
SELECT pg_temp.say('p1', 'COMMIT');
SELECT is(pg_temp.news(), '7 8', 'when it is over, both are, in its order');
SELECT pg_temp.say('p1', 'BEGIN'), pg_temp.publish('p1', 9, 'all');
SELECT pg_temp.publish('p2', 10);
SELECT is(pg_temp.news(), '', 'likewise of those to all');
SELECT pg_temp.say('p1', 'ROLLBACK');
SELECT is(pg_temp.news(), '10', 'and of one that is rolled back');

-- Whose transactions are waited for.
SELECT dblink_connect('elsewhere', format('host=%s port=%s dbname=template1 user=%s',
           split_part(current_setting('unix_socket_directories'), ',', 1),
           current_setting('port'), current_user));
SELECT pg_temp.say('elsewhere', 'BEGIN'), pg_temp.say('p3', 'BEGIN'),
       pg_temp.say('p3', 'SAVEPOINT s'), pg_temp.publish('p3', 98),
       pg_temp.say('p3', 'ROLLBACK TO s');
SELECT dblink_exec(name, 'DO $$ BEGIN PERFORM pg_current_xact_id(); END $$')
  FROM unnest('{elsewhere,p3}'::text[]) AS name;
SELECT pg_temp.publish('p2', 11);
SELECT is(pg_temp.news(), '11',
    'none in another database, nor one that has not published, or took it back');
SELECT is_empty('SELECT FROM postern.publishing', 'none is shown');
SELECT pg_temp.publish('p3', 12), pg_temp.publish('p2', 13), pg_temp.publish('p3', 14);
SELECT is(pg_temp.news(), '', 'one that had written before it published');
SELECT results_eq('SELECT pid, username, place FROM postern.publishing', $$
    SELECT * FROM dblink('p3', 'SELECT pg_backend_pid(), current_user::name,
           (SELECT min(m.place::text::bigint) FROM postern.message AS m
             WHERE m.body LIKE ''%"n": 12}%'')')
        AS t (pid integer, username name, place bigint) $$,
    'which is shown, with the first of its places');
SELECT pg_temp.say('p3', 'COMMIT'), pg_temp.say('elsewhere', 'ROLLBACK');
SELECT is(pg_temp.news(), '12 13 14', 'when it is over, all are read');
SELECT dblink_disconnect('elsewhere');
CREATE FUNCTION pg_temp.noting(what text, n integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before text;
BEGIN
    PERFORM pg_temp.say('p3', format('SET postern.feed_held = %L', what)),
        pg_temp.say('p3', 'BEGIN'), pg_temp.publish('p3', n), pg_temp.publish('p3', n + 1),
        pg_temp.publish('p2', n + 2);
    before := pg_temp.news();
    PERFORM pg_temp.say('p3', 'COMMIT');
    RETURN format('%s, then %s', before, pg_temp.news());
END
$$;
SELECT is(pg_temp.noting(what, n), format(', then %s %s %s', n, n + 1, n + 2),
    'whatever a session sets: ' || what)
  FROM (VALUES ('-5', 150), ('1', 155), ('none', 160), (repeat('9', 40), 165), (' ', 170))
       AS v (what, n);
SELECT pg_temp.say('p3', 'RESET postern.feed_held');
-- A cursor that fails lets go of all that its query locked, while what that wrote
-- in another savepoint, or in none, stays.
SELECT pg_temp.say('p3', 'BEGIN'), pg_temp.say('p3', format(
    'DECLARE c CURSOR FOR SELECT postern.publish(%L, ''ev.feed'', CASE n WHEN 181'
    ' THEN NULL ELSE jsonb_build_object(''n'', n) END) FROM generate_series(180, 182) AS n',
    current_setting('test.account')));
SELECT FROM dblink('p3', 'FETCH c') AS t (id text);
SELECT pg_temp.say('p3', 'SAVEPOINT s');
SELECT FROM dblink('p3', 'FETCH c', false) AS t (id text);
SELECT pg_temp.say('p3', 'ROLLBACK TO s'), pg_temp.publish('p2', 183);
SELECT is(pg_temp.news(), '', 'a reader waits for one that published by a cursor that failed');
SELECT pg_temp.say('p3', 'COMMIT');
SELECT is(pg_temp.news(), '180 183', 'and sees all of it');
SELECT pg_temp.say('p4', 'BEGIN ISOLATION LEVEL REPEATABLE READ');
SELECT throws_like($$ SELECT * FROM dblink('p4', 'SELECT postern.feed_end()::text')
    AS t (x text) $$, '%read committed%', 'by no snapshot older than the question');
SELECT pg_temp.say('p4', 'ROLLBACK');

-- Anybody may take an advisory lock.
SELECT dblink_exec(name, 'SET statement_timeout = ''3 s''') FROM unnest('{p1,p2}'::text[]) AS name;
SELECT count(*) FROM dblink('p4', 'SELECT pg_advisory_lock(postern.feed_locks() + n)::text
    FROM generate_series(pg_sequence_last_value(''postern.feed'') - 3,
             pg_sequence_last_value(''postern.feed'') + 20) AS n') AS t (x text);
SELECT pg_temp.say('p1', 'BEGIN'), pg_temp.publish('p1', 17), pg_temp.publish('p2', 18);
SELECT is(pg_temp.news(), '', 'who has the locks of places to come holds no publisher up');
SELECT pg_temp.say('p1', 'COMMIT');
SELECT is(pg_temp.news(), '17 18', 'nor a reader');
SELECT count(*) FROM dblink('p4', 'SELECT pg_advisory_unlock_all()::text') AS t (x text);

-- Four publishers begin, publish, and end as chance has it; the reader looks
-- after each step.
CREATE FUNCTION pg_temp.interleave(seed double precision, steps integer)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    open boolean[] := '{f,f,f,f}';
    got  text      := '';
    news text;
    n    integer   := 1000;
    p    integer;
BEGIN
    PERFORM setseed(seed);
    FOR step IN 1 .. steps + 4 LOOP
        p := CASE WHEN step > steps THEN step - steps
                  ELSE 1 + floor(random() * 4) END;
        IF open[p] AND (step > steps OR random() < 0.4) THEN
            PERFORM pg_temp.say('p' || p,
                CASE WHEN random() < 0.2 THEN 'ROLLBACK'
                     ELSE 'COMMIT' END);
            open[p] := false;
        ELSIF step <= steps THEN
            IF NOT open[p] THEN
                PERFORM pg_temp.say('p' || p, 'BEGIN');
                open[p] := true;
            END IF;
            n := n + 1;
            PERFORM pg_temp.publish('p' || p, n, CASE WHEN random() < 0.3
                THEN 'all' ELSE current_setting('test.account') END);
        END IF;
        LOOP
            news := pg_temp.news();
            EXIT WHEN news = '';
            got := concat_ws(' ', nullif(got, ''), replace(news, ' ...', ''));
        END LOOP;
    END LOOP;
    RETURN got;
END
$$;
CREATE FUNCTION pg_temp.kept() RETURNS SETOF integer LANGUAGE sql AS $$
    SELECT n FROM dblink('reader', $q$ SELECT (m.data ->> 'n')::integer
        FROM postern.messages AS m WHERE m.type = 'ev.feed'
         AND (m.data ->> 'n')::integer > 1000 $q$) AS t (n integer)
$$;
SELECT set_config('test.got', pg_temp.interleave(0.42, 300), false);
SELECT cmp_ok((SELECT count(*) FROM pg_temp.kept()), '>', 50::bigint,
    'many transactions, one in another');
SELECT bag_eq('SELECT pg_temp.kept()', $$ SELECT unnest(string_to_array(
        current_setting('test.got'), ' ')::integer[]) $$,
    'every event is read, and once');
SELECT is((SELECT string_agg(e #>> '{data,n}', ' ' ORDER BY n)
             FROM jsonb_array_elements((pg_temp.ask(
                      '{"limit": "100"}')).body::jsonb -> 'data')
                  WITH ORDINALITY AS e (e, n) WHERE n > 32),
    array_to_string((string_to_array(current_setting('test.got'), ' '))[:68], ' '),
    'in an order that stays');
SELECT * FROM finish();
SELECT dblink_disconnect(name) FROM unnest('{reader,p1,p2,p3,p4}'::text[]) AS name;
