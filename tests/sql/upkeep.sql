-- upkeep.sql - upkeep and operators' changes cost as much as they change.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();
SELECT is(postern.maintain(), NULL, 'nothing is left to do');

-- However much there is -------------------------------------------------------

CREATE TEMP TABLE v AS SELECT postern.create_account('upkeep.sql') AS a;
SELECT postern.open_always(), postern.add_event_type('u.event');
INSERT INTO postern.sealing_key VALUES ('\x0123456789abcdef', sha256('key'))
ON CONFLICT DO NOTHING;
INSERT INTO postern.sealing_key VALUES ('\x0123456789abcde0', sha256('no secret of it'));
-- So many webhooks, with all that may come with them; nothing of it is old.
CREATE FUNCTION pg_temp.add(many integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    CREATE TEMP TABLE new AS
    SELECT n, postern.uuid7() AS id FROM generate_series(1, many) AS n;
    INSERT INTO postern.account (id, name) SELECT n.id, n.id FROM new AS n;
    INSERT INTO postern.webhook (account_id, id, url, canonical_url, state)
    SELECT n.id, n.id, 'https://u.example/', n.id,
           CASE WHEN n.n % 10 = 1 THEN 'deleted' ELSE 'enabled' END FROM new AS n;
    INSERT INTO postern.secret (account_id, webhook_id, id, key_id, ephemeral, nonce, box,
        expires_at)
    SELECT n.id, n.id, n.id, '\x0123456789abcdef', sha256(''), substr(sha256(''), 1, 24),
           sha256('') || substr(sha256(''), 1, 16),
           CASE WHEN n.n % 10 = 1 THEN now() + interval '1 day' END FROM new AS n;
    INSERT INTO postern.client (account_id, id, name, scopes, secret_hash)
    SELECT n.id, n.id, 'x', '{webhooks:read}', sha256(uuid_send(n.id)) FROM new AS n;
    INSERT INTO postern.access_token (account_id, id, hash, expires_at, scopes)
    SELECT n.id, n.id, sha256(uuid_send(n.id)), now() + interval '1 day',
           '{webhooks:read,webhooks:write,messages:write}' FROM new AS n;
    INSERT INTO postern.task (account_id, webhook_id, id, kind, low, high, ended_at)
    SELECT n.id, n.id, n.id, 'replay', n.id, n.id, now() FROM new AS n;
    INSERT INTO postern.dedup SELECT n.id, 'key', n.id FROM new AS n;
    INSERT INTO postern.idempotency_key (owner_id, key, fingerprint, message_ids)
    SELECT n.id, 'key', sha256(''), '{}' FROM new AS n;
    INSERT INTO postern.platform_client (id, name, scopes, secret_hash)
    SELECT n.id, 'x', '{messages:write}', sha256(uuid_send(n.id)) FROM new AS n;
    INSERT INTO postern.platform_token (id, client_id, hash, expires_at, scopes)
    SELECT n.id, n.id, sha256(uuid_send(n.id)), now() + interval '1 day', '{messages:write}'
      FROM new AS n;
    INSERT INTO postern.attempt (delivery_id, attempt_no, account_id, webhook_id, message_id,
        started_at, verdict, outcome)
    SELECT n.n, 1, n.id, n.id, n.id, now() + interval '20 days', 'rejected', 'failed'
      FROM new AS n;
    DROP TABLE new;
END
$$;
CREATE FUNCTION pg_temp.read() RETURNS bigint LANGUAGE sql AS $$
    SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint
      FROM pg_stat_xact_user_tables WHERE schemaname = 'postern'
$$;
CREATE TEMP TABLE call (n integer GENERATED ALWAYS AS IDENTITY, call text, few bigint);
INSERT INTO call (call)
SELECT format('postern.tidy(%L)', part) FROM unnest(postern.tidy_parts()) AS part;
INSERT INTO call (call)
VALUES ('postern.turn_days()'), ('postern.work(NULL)'), ('postern.reclaim(''-infinity'')'),
    ('postern.delivery_ready(''{}'')'),
    ('postern.delivery_ready(''{"\\x0123456789abcdef"}'')'),
    ('postern.delivery_starts(''{}'')'),
    ('postern.disable_webhook(''ID'', ''test'')'), ('postern.enable_webhook(''ID'')'),
    ('postern.set_rate(''ID'', 5)'), ('postern.set_ordered(''ID'', true)'),
    ('postern.set_max_in_flight(''ID'', 5)'), ('postern.set_timeout(''ID'', 5)'),
    ('postern.set_retry_schedule(''ID'', NULL)'), ('postern.skip(''ID'')'),
    ('postern.set_share(''ID'', 2)'), ('postern.set_webhook_limit(''ID'', 2)'),
    ('postern.revoke_token(''ID'')'), ('postern.revoke_client(''ID'')'),
    ('postern.issue_token(''ID'')'), ('postern.create_client(''ID'', ''x'')'),
    ('postern.cancel(''ID'', now())'), ('postern.replay(''ID'', now())'),
    ('postern.credential_account(''none'')'), ('postern.is_platform_token(''none'')'),
    ('postern.api_publish(ARRAY[sha256(uuid_send(''ID''))], ''{key}'', ARRAY[sha256('''')],'
        ' ''{NULL}'', ''{1}'', ''{NULL}'', ''{u.event}'', ''{1}'', ''{key}'')'),
    ('postern.api_publish(ARRAY[sha256(uuid_send(''ID''))], ''{new}'', ARRAY[sha256('''')],'
        ' ''{NULL}'', ''{1}'', ''{NULL}'', ''{u.event}'', ''{1}'', ''{new}'')');
-- How many rows it reads. It is undone.
CREATE FUNCTION pg_temp.cost(call text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    read bigint;
BEGIN
    call := 'SELECT ' || replace(call, 'ID', (
        SELECT a.id::text FROM postern.account AS a ORDER BY a.id DESC LIMIT 1));
    read := pg_temp.read();
    EXECUTE call;
    RAISE EXCEPTION USING ERRCODE = 'PT001', MESSAGE = pg_temp.read() - read;
EXCEPTION
    WHEN SQLSTATE 'PT001' THEN
        RETURN SQLERRM::bigint;
END
$$;
-- Plans are made, and kept, while there is next to nothing.
SELECT pg_temp.add(9);
ANALYZE postern.account, postern.webhook, postern.secret, postern.client,
    postern.access_token, postern.platform_client, postern.platform_token, postern.task,
    postern.dedup, postern.idempotency_key, postern.attempt;
DO $$
BEGIN
    FOR n IN 1 .. 8 LOOP
        UPDATE call SET few = pg_temp.cost(call);
    END LOOP;
END
$$;
SELECT pg_temp.add(3000);
SELECT cmp_ok(pg_temp.cost(call), '<=', few + 100,
    format('%s: as much with 3,000 webhooks as with 9', call)) FROM call;
ANALYZE postern.account, postern.webhook, postern.secret, postern.client,
    postern.access_token, postern.platform_client, postern.platform_token, postern.task,
    postern.dedup, postern.idempotency_key, postern.attempt;
SELECT cmp_ok(pg_temp.cost(call), '<=', few + 100,
    format('%s: also when statistics know of them', call)) FROM call;

-- Of an account that has many.
INSERT INTO postern.webhook (account_id, id, url, canonical_url, state, updated_at)
SELECT v.a, w.id, 'https://u.example/', w.id, CASE WHEN w.n > 1 THEN 'enabled' ELSE 'deleted' END,
       now() - interval '2 days'
  FROM v, (SELECT n, postern.uuid7() AS id FROM generate_series(1, 3000) AS n) AS w;
SELECT cmp_ok(pg_temp.cost('postern.tidy(''webhooks'')'), '<=', 100::bigint,
    'to remove a webhook costs as much as that one');
SELECT postern.tidy('webhooks');
SELECT is_empty('SELECT FROM v JOIN postern.webhook AS w ON w.account_id = v.a
    WHERE w.state = ''deleted''', 'which it does');

-- Days, one by one ------------------------------------------------------------

DELETE FROM postern.attempt_default;
CREATE FUNCTION pg_temp.day(n integer) RETURNS date LANGUAGE sql AS $$
    SELECT (now() AT TIME ZONE 'UTC')::date + n
$$;
CREATE FUNCTION pg_temp.days() RETURNS date[] LANGUAGE sql AS $$
    SELECT coalesce(array_agg(to_date(right(c.relname, 8), 'YYYYMMDD') ORDER BY c.relname), '{}')
      FROM pg_class AS c
     WHERE c.relnamespace = 'postern'::regnamespace
       AND c.relname ~ '^(message|attempt)_[0-9]{8}$'
$$;
CREATE FUNCTION pg_temp.lose_days(first integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN first .. 10 LOOP
        EXECUTE format('DROP TABLE postern.%I, postern.%I',
            'message_' || to_char(pg_temp.day(n), 'YYYYMMDD'),
            'attempt_' || to_char(pg_temp.day(n), 'YYYYMMDD'));
    END LOOP;
END
$$;
CREATE FUNCTION pg_temp.publish() RETURNS void LANGUAGE sql AS $$
    INSERT INTO postern.message (id, event_type_id, owed, body)
    SELECT postern.uuid7(), 1, 0, '{}'
$$;
CREATE TEMP TABLE step (n integer, more boolean, why text, days integer, gap date);
-- As a worker does, while events come.
CREATE FUNCTION pg_temp.turn_days() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM step;
    FOR i IN 1 .. 100 LOOP
        INSERT INTO step SELECT i, t.more, t.why FROM postern.turn_days() AS t;
        UPDATE step AS s SET days = cardinality(pg_temp.days()),
            gap = (postern.day_gap('message')).first WHERE s.n = i;
        PERFORM pg_temp.publish();
        EXIT WHEN NOT (SELECT s.more FROM step AS s WHERE s.n = i);
    END LOOP;
END
$$;
CREATE TEMP TABLE whole AS SELECT pg_temp.days() AS days;
SELECT pg_temp.lose_days(9);
SELECT postern.add_day('attempt', d) FROM unnest('{2020-02-28,2020-02-29}'::date[]) AS d;
SELECT pg_temp.turn_days();
SELECT results_eq('SELECT days, more, why FROM step ORDER BY n',
    $$VALUES (23, true, NULL), (24, true, NULL), (25, true, NULL), (26, true, NULL),
        (25, true, NULL), (24, true, NULL), (24, false, NULL)$$,
    'each step makes or drops one partition');
SELECT is(pg_temp.days(), days, 'until all are as they should be') FROM whole;

-- Beside what came on days that had none.
SELECT pg_temp.lose_days(-1);
SELECT pg_temp.publish();
SELECT pg_temp.turn_days();
SELECT is(array_agg(n ORDER BY n), ARRAY[1, 2],
    'beside rows a constraint is made and read for, each in a step of its own')
  FROM step WHERE gap IS NOT NULL AND days = 0;
SELECT cmp_ok(min(gap)::timestamp AT TIME ZONE 'UTC', '>', now() + interval '1 day',
    'which would refuse nothing for a day, even if no worker went on') FROM step;
SELECT is(cardinality(pg_temp.days()), 12 + pg_temp.day(11) - min(gap),
    'then the days behind it are made') FROM step;
SELECT is((postern.day_gap('message')).name, NULL, 'and it is dropped');
SELECT pg_temp.lose_days(10);
UPDATE postern.upkeep SET trusted = now() + interval '3 h';
SELECT matches(why, 'earlier than the last upkeep', 'by a clock that has gone back none is made')
  FROM postern.turn_days();
SELECT is((postern.day_gap('message')).name, NULL, 'of which nobody knows when it is right');
SELECT postern.trust_clock();
DO $$
BEGIN
    EXECUTE format('ALTER TABLE postern.message_default ADD CONSTRAINT'
        ' message_default_gap_%1$s_%1$s CHECK (id < %2$L) NOT VALID',
        to_char(pg_temp.day(0), 'YYYYMMDD'), postern.day_key('message', pg_temp.day(0)));
END
$$;
SELECT more FROM postern.turn_days();
SELECT lives_ok('SELECT pg_temp.publish()', 'one that refuses events is dropped first');

SELECT * FROM finish();
ROLLBACK;
