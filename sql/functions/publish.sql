-- publish.sql - events into the queue, inside the caller's transaction.

CREATE OR REPLACE FUNCTION postern.refuse_data(payload text)
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF payload IS NULL THEN
        RAISE EXCEPTION 'the event has no data'
            USING ERRCODE = 'null_value_not_allowed',
                HINT = 'Give a jsonb value; ''{}'' if there is nothing to say.';
    END IF;
    RAISE EXCEPTION 'the data of the event has % bytes, more than 262144',
        octet_length(payload)
        USING ERRCODE = 'program_limit_exceeded',
            HINT = 'Publish a reference to large data, not the data.';
END
$$;
COMMENT ON FUNCTION postern.refuse_data IS
'Says what is wrong with the data of an event.';

CREATE OR REPLACE FUNCTION postern.write_event(type text, payload text, at timestamptz)
RETURNS text
LANGUAGE sql STABLE
AS $$
    -- PostgreSQL logs the first 64 bytes of each column of a row that a constraint
    -- refuses: blanks, where the type is short, keep the data behind these.
    SELECT CASE WHEN octet_length(payload) <= 262144
    THEN concat('{"type":"', type, '",', repeat(' ', 7 - length(type)), '"timestamp":"',
        to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        '","data":', payload, '}')
    ELSE postern.refuse_data(payload)
    END
$$;
COMMENT ON FUNCTION postern.write_event IS
'The body that is sent. No event type''s name has a character that JSON
escapes. No data: null_value_not_allowed; over 256 KiB: program_limit_exceeded. One
expression, which its callers take in: that saves a call.';

CREATE OR REPLACE FUNCTION postern.first_message(
    account uuid, dedup_key text, new_id uuid)
RETURNS uuid
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    first_id uuid;
BEGIN
    IF octet_length(dedup_key) NOT BETWEEN 1 AND 256 THEN
        RAISE EXCEPTION 'a deduplication key must have 1 to 256 bytes, not %',
            octet_length(dedup_key)
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO postern.dedup AS d (account_id, key, message_id)
    VALUES (account, dedup_key, new_id)
    ON CONFLICT ON CONSTRAINT dedup_pkey DO NOTHING;
    IF FOUND THEN
        RETURN NULL;
    END IF;
    SELECT d.message_id INTO STRICT first_id
      FROM postern.dedup AS d
     WHERE d.account_id = account AND d.key = dedup_key;
    RETURN first_id;
END
$$;
COMMENT ON FUNCTION postern.first_message IS
'The message that a deduplication key stands for; NULL: the key is new, and
stands for new_id from now on. Waits for a transaction that is using the same
key.';

CREATE OR REPLACE FUNCTION postern.traceparent()
RETURNS text
LANGUAGE sql STABLE
AS $$
    SELECT substring(current_setting('postern.traceparent', true)
        FROM '^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$')
$$;
COMMENT ON FUNCTION postern.traceparent IS
'The trace that the caller''s transaction is part of, as postern.traceparent is
set; NULL: that is not, or not as W3C''s Trace Context has it. One expression,
which the statement that inserts the message takes in: that saves a call.';

CREATE OR REPLACE FUNCTION postern.publish(
    account uuid, type text, data jsonb, dedup_key text DEFAULT NULL)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    type_ids integer[] := postern.event_type_ids(type);
    new_id   uuid      := postern.uuid7();
    payload  text      := data::text;
    body     text      := postern.write_event(type, payload, clock_timestamp());
    first_id uuid;
    owed     bigint;
    held     boolean;
BEGIN
    IF dedup_key IS NOT NULL AND account IS NOT NULL THEN
        first_id := postern.first_message(account, dedup_key, new_id);
        IF first_id IS NOT NULL THEN
            RETURN postern.write_message_id(first_id);
        END IF;
    END IF;
    INSERT INTO postern.fresh (account_id, webhook_id, message_id)
    -- Once, by the closest of what it subscribes to. Type by type, in the order
    -- of the index that leads to a type: of a list of types the other seems
    -- cheaper, which passes all subscriptions of the account.
    SELECT s.account_id, s.webhook_id, new_id
      FROM unnest(type_ids) WITH ORDINALITY AS t (id, place)
     CROSS JOIN LATERAL (
           SELECT s.account_id, s.webhook_id
             FROM postern.subscription AS s
            WHERE s.account_id = account
              AND s.event_type_id >= t.id AND s.event_type_id <= t.id
            ORDER BY s.account_id, s.event_type_id, s.webhook_id
           OFFSET 0) AS s
     WHERE (t.place = 1 OR NOT EXISTS (
           SELECT FROM postern.subscription AS o
            WHERE o.account_id = s.account_id AND o.webhook_id = s.webhook_id
              AND o.event_type_id = ANY (type_ids[:t.place - 1])))
       AND CASE WHEN s.webhook_id = ANY (ARRAY(
           SELECT f.webhook_id FROM postern.webhook_filter AS f WHERE f.account_id = account))
           THEN postern.wants(s.account_id, s.webhook_id, data, payload) ELSE true END;
    GET DIAGNOSTICS owed = ROW_COUNT;
    IF owed = 0 AND NOT EXISTS (
            SELECT FROM postern.account AS a WHERE a.id = account) THEN
        RAISE EXCEPTION 'there is no account %', coalesce(account::text, 'NULL')
            USING ERRCODE = 'no_data_found',
                HINT = 'The accounts: SELECT id, name FROM postern.accounts';
    END IF;
    IF NOT postern.feed_is_held() THEN
        BEGIN
            held := postern.feed_lock();
        EXCEPTION WHEN OTHERS THEN
            RAISE;
        END;
        held := postern.feed_note();
    END IF;
    INSERT INTO postern.message (id, account_id, event_type_id, owed, body, place,
        traceparent)
    VALUES (new_id, account, type_ids[1], owed, body,
        nextval('postern.feed')::text::xid8, postern.traceparent());
    IF owed > 0 AND postern.asleep() THEN
        PERFORM postern.wake();
    END IF;
    RETURN postern.write_message_id(new_id);
END
$$;
COMMENT ON FUNCTION postern.publish(uuid, text, jsonb, text) IS
'Send an event to the account''s webhooks that subscribe to its type, and whose
filters, if they have one, take its data, if and only if the caller''s transaction
commits. Returns the message''s id; the view postern.messages says to how many
webhooks it is owed. With dedup_key publishing is idempotent: a second call
returns the first one''s id and sends nothing. If postern.traceparent is set, as
by SET LOCAL, the deliveries are part of that trace. A jsonb does not keep its
text: members are sent in another order,
blanks are not, 1e2 is 100, of two members of one name the last is left, and U+0000
is an error; give a json to have it sent as it is. Unknown account or type:
no_data_found; data over 256 KiB: program_limit_exceeded.';

CREATE OR REPLACE FUNCTION postern.publish_to_all(
    type text, data jsonb, dedup_key text DEFAULT NULL)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    type_ids integer[] := postern.event_type_ids(type);
    new_id   uuid      := postern.uuid7();
    payload  text      := data::text;
    body     text      := postern.write_event(type, payload, clock_timestamp());
    first_id uuid;
    owed     bigint;
    held     boolean;
BEGIN
    IF dedup_key IS NOT NULL THEN
        first_id := postern.first_message(
            '00000000-0000-0000-0000-000000000000', dedup_key, new_id);
        IF first_id IS NOT NULL THEN
            RETURN postern.write_message_id(first_id);
        END IF;
    END IF;
    INSERT INTO postern.fresh (account_id, webhook_id, message_id)
    SELECT s.account_id, s.webhook_id, new_id
      FROM postern.subscription AS s
     WHERE s.event_type_id = ANY (type_ids)
       AND (s.event_type_id = type_ids[1] OR NOT EXISTS (
           SELECT FROM postern.subscription AS o
            WHERE o.account_id = s.account_id AND o.webhook_id = s.webhook_id
              AND o.event_type_id = ANY (type_ids[
                  :array_position(type_ids, s.event_type_id) - 1])))
       AND CASE WHEN (SELECT EXISTS (SELECT FROM postern.webhook_filter))
           THEN postern.wants(s.account_id, s.webhook_id, data, payload) ELSE true END;
    GET DIAGNOSTICS owed = ROW_COUNT;
    IF NOT postern.feed_is_held() THEN
        BEGIN
            held := postern.feed_lock();
        EXCEPTION WHEN OTHERS THEN
            RAISE;
        END;
        held := postern.feed_note();
    END IF;
    INSERT INTO postern.message (id, account_id, event_type_id, owed, body, place,
        traceparent)
    VALUES (new_id, NULL, type_ids[1], owed, body,
        nextval('postern.feed')::text::xid8, postern.traceparent());
    IF owed > 0 AND postern.asleep() THEN
        PERFORM postern.wake();
    END IF;
    RETURN postern.write_message_id(new_id);
END
$$;
COMMENT ON FUNCTION postern.publish_to_all(text, jsonb, text) IS
'Send an event to the subscribed webhooks of every account; otherwise like
publish.';
