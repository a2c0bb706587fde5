-- 0005-webhooks.sql - event types, sealing keys, and webhooks switched off
-- and on.

CREATE OR REPLACE FUNCTION postern.pattern_ids(type text)
RETURNS integer[]
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    segments text[]    := string_to_array(type, '.');
    ids      integer[] := '{}';
    pattern  text;
BEGIN
    FOR n IN REVERSE cardinality(segments) - 1 .. 0 LOOP
        pattern := array_to_string(segments[:n] || '*'::text, '.');
        CONTINUE WHEN length(pattern) > 128;
        INSERT INTO postern.event_type (name, kind) VALUES (pattern, 'pattern')
        ON CONFLICT ON CONSTRAINT event_type_name_key DO NOTHING;
        ids := ids || (
            SELECT t.id FROM postern.event_type AS t WHERE t.name = pattern);
    END LOOP;
    RETURN ids;
END
$$;
REVOKE ALL ON FUNCTION postern.pattern_ids(text) FROM PUBLIC;
COMMENT ON FUNCTION postern.pattern_ids(text) IS
'The ids of the patterns that a type fits, the closest first; they are made if need be: a.b.c fits a.b.*, a.* and *.';

CREATE OR REPLACE FUNCTION postern.add_event_type(
    name text, description text DEFAULT NULL, json_schema jsonb DEFAULT NULL,
    example jsonb DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    type_id integer;
BEGIN
    INSERT INTO postern.event_type AS t
        (name, description, json_schema, example)
    VALUES (name, description, json_schema, example)
    ON CONFLICT ON CONSTRAINT event_type_name_key
    DO UPDATE SET description = coalesce(excluded.description, t.description),
        json_schema = coalesce(excluded.json_schema, t.json_schema),
        example = coalesce(excluded.example, t.example)
     WHERE t.kind = 'type'
    RETURNING t.id INTO type_id;
    IF type_id IS NULL THEN
        RAISE EXCEPTION 'the event type "%" is Postern''s own', name
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'It is what clients test their webhooks with.';
    END IF;
    UPDATE postern.event_type AS t
       SET matches = type_id || postern.pattern_ids(t.name)
     WHERE t.id = type_id AND t.matches = '{}';
EXCEPTION
    WHEN check_violation OR not_null_violation THEN
        IF name ~ '^[A-Za-z0-9._:-]{1,128}$' THEN
            RAISE EXCEPTION 'this cannot describe the event type "%"', name
                USING ERRCODE = 'invalid_parameter_value',
                    HINT = 'A JSON Schema is an object or a boolean; it and'
                        || ' the example have at most 64 KiB each.';
        END IF;
        RAISE EXCEPTION 'not a name of an event type: "%"',
            coalesce(name, 'NULL')
            USING ERRCODE = 'invalid_parameter_value',
                HINT = '1 to 128 letters, digits, and . _ - :, such as'
                    || ' payment.settled';
END
$$;
REVOKE ALL ON FUNCTION postern.add_event_type(text, text, jsonb, jsonb)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.add_event_type(text, text, jsonb, jsonb)
    TO postern_admin;
COMMENT ON FUNCTION postern.add_event_type(text, text, jsonb, jsonb) IS
'Let webhooks subscribe to a kind of event, by its name or by a pattern: a.b
is among a.* and *. The name is 1 to 128 letters, digits, and . _ - : (else
invalid_parameter_value). Clients can read the description, and a JSON Schema
and an example of the data. Again is harmless, and changes what is given.';

CREATE OR REPLACE FUNCTION postern.set_webhook_state(
    webhook uuid, new_state text, new_reason text, who text)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    account uuid;
BEGIN
    -- By way of the accounts: the key begins with the account.
    SELECT w.account_id INTO account
      FROM postern.account AS a
      JOIN postern.webhook AS w ON w.account_id = a.id
     WHERE w.id = webhook AND w.state <> 'deleted';
    IF account IS NULL THEN
        RAISE EXCEPTION 'there is no webhook %', coalesce(webhook::text, 'NULL')
            USING ERRCODE = 'no_data_found',
                HINT = 'The webhooks: SELECT id, account_id, url'
                    || ' FROM postern.webhooks';
    END IF;
    PERFORM postern.lock_account(account);
    UPDATE postern.webhook AS w
       SET state = new_state, reason = new_reason, disabled_by = who,
           updated_at = clock_timestamp()
     WHERE w.account_id = account AND w.id = webhook AND w.state <> 'deleted';
END
$$;
REVOKE ALL ON FUNCTION postern.set_webhook_state(uuid, text, text, text)
    FROM PUBLIC;
COMMENT ON FUNCTION postern.set_webhook_state(uuid, text, text, text) IS
'Set state, reason, and who disables it, under the account''s lock. Unknown
webhook: no_data_found.';

CREATE OR REPLACE FUNCTION postern.disable_webhook(webhook uuid, reason text)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF reason IS NULL OR reason !~ '\S' THEN
        RAISE EXCEPTION 'give the reason for which the webhook is disabled'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM postern.set_webhook_state(webhook, 'disabled', reason,
        'operator');
END
$$;
REVOKE ALL ON FUNCTION postern.disable_webhook(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.disable_webhook(uuid, text) TO postern_admin;
COMMENT ON FUNCTION postern.disable_webhook(uuid, text) IS
'Send nothing to a webhook until enable_webhook, even if its account
registers it again or would enable it. Unknown webhook: no_data_found. In a transaction with
others, go by account_id, so that no deadlock arises.';

CREATE OR REPLACE FUNCTION postern.enable_webhook(webhook uuid)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT postern.set_webhook_state(webhook, 'enabled', NULL, NULL)
$$;
REVOKE ALL ON FUNCTION postern.enable_webhook(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.enable_webhook(uuid) TO postern_admin;
COMMENT ON FUNCTION postern.enable_webhook(uuid) IS
'Undo disable_webhook. Unknown webhook: no_data_found.';

CREATE OR REPLACE FUNCTION postern.add_sealing_key(public_key text)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    part     text[] := regexp_match(rtrim(public_key, E'\n'),
        '^postern-public-1 ([0-9a-f]{16}) ([A-Za-z0-9+/]{43}=)$');
    new_id   bytea  := decode(part[1], 'hex');
    new_key  bytea  := decode(part[2], 'base64');
    same_key boolean;
BEGIN
    IF public_key LIKE '%postern-private-%' THEN
        RAISE EXCEPTION 'this is the private half of a key'
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Give the line of the .pub file. The private half may'
                    || ' now be in a log: better make a new pair of keys.';
    ELSIF part IS NULL OR encode(new_key, 'base64') <> part[2] THEN
        RAISE EXCEPTION 'this is not the line of a public key'
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Give the line of the .pub file that'
                    || ' postern-responder --new-key makes.';
    END IF;
    INSERT INTO postern.sealing_key AS k (id, public_key)
    VALUES (new_id, new_key)
    ON CONFLICT ON CONSTRAINT sealing_key_pkey DO UPDATE SET retired_at = NULL
    RETURNING k.public_key = new_key INTO same_key;
    IF NOT same_key THEN
        RAISE EXCEPTION 'there is another key with the id %', part[1]
            USING ERRCODE = 'unique_violation',
                HINT = 'One of the two .pub files has been changed by hand.';
    END IF;
    RETURN part[1];
END
$$;
REVOKE ALL ON FUNCTION postern.add_sealing_key(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.add_sealing_key(text) TO postern_admin;
COMMENT ON FUNCTION postern.add_sealing_key(text) IS
'Let secrets be sealed for a key, given as the line of its .pub file:
postern-public-1, its id, its 32 bytes in base64. Returns the id, 16 hex
digits. Again is harmless, and brings a retired key back. Malformed:
invalid_parameter_value.';

CREATE OR REPLACE FUNCTION postern.retire_sealing_key(id text)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wanted bytea;
BEGIN
    -- Of two that retire at once, the second sees what the first has left.
    LOCK TABLE postern.sealing_key IN SHARE ROW EXCLUSIVE MODE;
    SELECT k.id INTO wanted
      FROM postern.sealing_key AS k
     WHERE encode(k.id, 'hex') = lower(retire_sealing_key.id);
    IF wanted IS NULL THEN
        RAISE EXCEPTION 'there is no sealing key "%"', coalesce(id, 'NULL')
            USING ERRCODE = 'no_data_found',
                HINT = 'Give its id: SELECT id FROM postern.sealing_keys';
    ELSIF NOT EXISTS (SELECT FROM postern.sealing_key AS k
                       WHERE k.id <> wanted AND k.retired_at IS NULL) THEN
        RAISE EXCEPTION '"%" is the only sealing key in use', lower(id)
            USING ERRCODE = 'object_not_in_prerequisite_state',
                HINT = 'Without it no webhook can be registered. First make'
                    || ' another by postern-responder --new-key, add it by'
                    || ' postern.add_sealing_key, and give it to responders'
                    || ' and workers.';
    END IF;
    UPDATE postern.sealing_key AS k
       SET retired_at = coalesce(k.retired_at, now())
     WHERE k.id = wanted;
END
$$;
REVOKE ALL ON FUNCTION postern.retire_sealing_key(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.retire_sealing_key(text) TO postern_admin;
COMMENT ON FUNCTION postern.retire_sealing_key(text) IS
'Refuse new secrets sealed for this key; give a responder another first.
Those it guards can still be opened, so keep its private half until
sealing_keys counts none. Unknown: no_data_found. The only one in use:
object_not_in_prerequisite_state.';
