-- documents.sql - events whose data is sent as it was given, many at once.
--
-- A jsonb has no text of its own: its members are in another order, blanks are
-- gone, 1e2 is 100, and \u0000 cannot be. A json is the text that it was made of.

CREATE OR REPLACE FUNCTION postern.enqueue(
    ids uuid[], accounts uuid[], type_ids integer[], data json[], traceparents text[],
    about uuid[] DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    held boolean;
    owed boolean;
BEGIN
    IF NOT postern.feed_is_held() THEN
        BEGIN
            held := postern.feed_lock();
        EXCEPTION WHEN OTHERS THEN
            RAISE;
        END;
        held := postern.feed_note();
    END IF;
    -- As publish() does for one; OFFSET: each by the index, not all of them at once.
    WITH m AS MATERIALIZED (
        SELECT u.id, u.account_id, u.n, u.type_id, u.data, u.traceparent, u.about, t.name,
               t.matches, f.filtered,
               CASE WHEN f.filtered THEN postern.document_of(u.data) END AS document
          FROM unnest(ids, accounts, type_ids, enqueue.data, traceparents, enqueue.about)
               WITH ORDINALITY AS u (id, account_id, type_id, data, traceparent, about, n)
         CROSS JOIN LATERAL (
               SELECT e.name, e.matches FROM postern.event_type AS e
                WHERE e.id = u.type_id
               OFFSET 0) AS t
         CROSS JOIN LATERAL (
               SELECT CASE WHEN u.account_id IS NULL
                      THEN EXISTS (SELECT FROM postern.webhook_filter)
                      ELSE EXISTS (SELECT FROM postern.webhook_filter AS o
                                    WHERE o.account_id = u.account_id) END AS filtered
               OFFSET 0) AS f
    ), sent AS (
        INSERT INTO postern.fresh (account_id, webhook_id, message_id)
        SELECT w.account_id, w.webhook_id, w.message_id
          FROM (SELECT s.account_id, s.webhook_id, m.id AS message_id, m.n
                  FROM m
                 CROSS JOIN LATERAL unnest(m.matches) WITH ORDINALITY AS t (id, place)
                 CROSS JOIN LATERAL (
                       SELECT s.account_id, s.webhook_id
                         FROM postern.subscription AS s
                        WHERE s.account_id = m.account_id
                          AND s.event_type_id >= t.id AND s.event_type_id <= t.id
                          AND s.webhook_id IS DISTINCT FROM m.about
                        ORDER BY s.account_id, s.event_type_id, s.webhook_id
                       OFFSET 0) AS s
                 WHERE (t.place = 1 OR NOT EXISTS (
                       SELECT FROM postern.subscription AS o
                        WHERE o.account_id = s.account_id AND o.webhook_id = s.webhook_id
                          AND o.event_type_id = ANY (m.matches[:t.place - 1])
                       OFFSET 0))
                   AND CASE WHEN m.filtered
                       THEN postern.wants(s.account_id, s.webhook_id, m.document, m.data::text)
                       ELSE true END
                UNION ALL
                SELECT s.account_id, s.webhook_id, m.id, m.n
                  FROM m
                 CROSS JOIN LATERAL (
                       SELECT DISTINCT s.account_id, s.webhook_id
                         FROM postern.subscription AS s
                        WHERE s.event_type_id = ANY (m.matches)
                       OFFSET 0) AS s
                 WHERE m.account_id IS NULL
                   AND CASE WHEN m.filtered
                       THEN postern.wants(s.account_id, s.webhook_id, m.document, m.data::text)
                       ELSE true END
                 ORDER BY n) AS w
        RETURNING message_id
    ), counts AS (
        SELECT s.message_id, count(*) AS owed FROM sent AS s GROUP BY s.message_id
    ), written AS (
        INSERT INTO postern.message (id, account_id, event_type_id, owed, body, place,
            traceparent)
        SELECT o.id, o.account_id, o.type_id, o.owed,
               postern.write_event(o.name, o.data::text, clock_timestamp()),
               nextval('postern.feed')::text::xid8, o.traceparent
          FROM (SELECT m.*, coalesce(c.owed, 0) AS owed
                  FROM m LEFT JOIN counts AS c ON c.message_id = m.id
                 ORDER BY m.n) AS o
    )
    SELECT EXISTS (SELECT FROM counts) INTO owed;
    IF owed AND postern.asleep() THEN
        PERFORM postern.wake();
    END IF;
END
$$;
COMMENT ON FUNCTION postern.enqueue IS
'Put messages into the queue, in their order: each with its id, its account (NULL: every
account), its event type, its data, the trace that it is part of, or NULL, and the webhook
of the account that it is about and not sent to, or NULL. Accounts and types exist.
No data: null_value_not_allowed; over 256 KiB: program_limit_exceeded.';

CREATE OR REPLACE FUNCTION postern.enqueue_one(
    account uuid, type_id integer, data json, dedup_key text)
RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    new_id   uuid := postern.uuid7();
    first_id uuid;
BEGIN
    IF dedup_key IS NOT NULL THEN
        first_id := postern.first_message(
            coalesce(account, '00000000-0000-0000-0000-000000000000'), dedup_key, new_id);
        IF first_id IS NOT NULL THEN
            RETURN postern.write_message_id(first_id);
        END IF;
    END IF;
    PERFORM postern.enqueue(ARRAY[new_id], ARRAY[account], ARRAY[type_id], ARRAY[data],
        ARRAY[postern.traceparent()]);
    RETURN postern.write_message_id(new_id);
END
$$;
COMMENT ON FUNCTION postern.enqueue_one IS
'Put a message of the transaction''s trace into the queue, unless the key stands for one
already. Returns the id of the one or the other.';

-- The type is a character, so that what PostgreSQL cannot tell is a jsonb: of two
-- functions that take an untyped literal as a text it prefers the one that has one.
CREATE OR REPLACE FUNCTION postern.publish(account uuid, type character, data json,
    dedup_key text DEFAULT NULL)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    type_ids integer[] := postern.event_type_ids(type::text);
BEGIN
    IF NOT EXISTS (SELECT FROM postern.account AS a WHERE a.id = account) THEN
        RAISE EXCEPTION 'there is no account %', coalesce(account::text, 'NULL')
            USING ERRCODE = 'no_data_found',
                HINT = 'The accounts: SELECT id, name FROM postern.accounts';
    END IF;
    RETURN postern.enqueue_one(account, type_ids[1], data, dedup_key);
END
$$;
COMMENT ON FUNCTION postern.publish(uuid, character, json, text) IS
'The same of a json, whose text is sent byte for byte, with its blanks and the order of
its members: for example ''{"b": 1e2, "a": 1.0}''::json, or row_to_json(x).';

CREATE OR REPLACE FUNCTION postern.publish_to_all(type character, data json,
    dedup_key text DEFAULT NULL)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
BEGIN
    RETURN postern.enqueue_one(NULL, (postern.event_type_ids(type::text))[1], data, dedup_key);
END
$$;
COMMENT ON FUNCTION postern.publish_to_all(character, json, text) IS
'The same of a json, whose text is sent byte for byte.';
