-- keys.sql - the keys that secrets are sealed for, and those that deliveries are
-- signed with.

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
                HINT = 'Give the line of the .pub file, and make a new pair'
                    || ' of keys: the private half may now be in a log.';
    ELSIF part IS NULL OR encode(new_key, 'base64') <> part[2] THEN
        RAISE EXCEPTION 'this is not the line of a public key'
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Give the line of the .pub file that'
                    || ' postern-keygen --sealing makes.';
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
COMMENT ON FUNCTION postern.add_sealing_key IS
'Let secrets be sealed for a key, given as the line of its .pub file:
postern-public-1, its id, its 32 bytes in base64. Returns the id, 16 hex
digits. Calling it again is harmless, and brings a retired key back.
Malformed: invalid_parameter_value.';

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
                    || ' another with postern-keygen --sealing, add it with'
                    || ' postern.add_sealing_key, and give it to responders'
                    || ' and workers.';
    END IF;
    UPDATE postern.sealing_key AS k
       SET retired_at = coalesce(k.retired_at, now())
     WHERE k.id = wanted;
END
$$;
COMMENT ON FUNCTION postern.retire_sealing_key IS
'Refuse new secrets and headers sealed for this key; give responders another key
first. What is sealed for it can still be opened, so keep its private half until the
view sealing_keys counts none. Unknown: no_data_found. The only one in use:
object_not_in_prerequisite_state.';

CREATE OR REPLACE FUNCTION postern.require_sealing_key(key_id bytea)
RETURNS void
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM postern.sealing_key AS k
                    WHERE k.id = key_id AND k.retired_at IS NULL) THEN
        RAISE EXCEPTION 'no secret may be sealed for key %', encode(key_id, 'hex')
            USING ERRCODE = 'PS001',
                HINT = 'It is unknown or retired; as an administrator:'
                    || ' SELECT postern.add_sealing_key(...)';
    END IF;
END
$$;
COMMENT ON FUNCTION postern.require_sealing_key IS
'Raise PS001 if nothing may be sealed for this key: it is unknown or retired.';

CREATE OR REPLACE FUNCTION postern.responder_ready(key_id bytea)
RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
    WHEN pg_is_in_recovery() THEN
        'this server is a standby and cannot be written to: name the primary,'
        || ' or all hosts, in --database'
    WHEN k.id IS NULL THEN
        'the sealing key is not known to the database: as an administrator,'
        || ' SELECT postern.add_sealing_key(''the line of its .pub file'')'
    WHEN k.retired_at IS NOT NULL THEN
        'the sealing key is retired: give the responder another, or as an'
        || ' administrator, SELECT postern.add_sealing_key(''the line of its'
        || ' .pub file'') to bring it back'
    END
      FROM (SELECT key_id) AS asked (id)
      LEFT JOIN postern.sealing_key AS k ON k.id = asked.id
$$;
COMMENT ON FUNCTION postern.responder_ready IS
'NULL: a responder that seals for this key can register webhooks. Otherwise a
sentence that says what is missing and what to do.';

CREATE OR REPLACE FUNCTION postern.keys_wanted(known bytea[], retired_too boolean)
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(encode(k.id, 'hex'), ', ' ORDER BY k.id) INTO missing
      FROM postern.sealing_key AS k
     WHERE k.id <> ALL (known)
       AND (retired_too OR k.retired_at IS NULL)
       AND (EXISTS (
               SELECT FROM postern.secret AS s
                WHERE s.key_id = k.id AND (s.expires_at IS NULL OR s.expires_at > now())
               OFFSET 0)
            OR EXISTS (
               SELECT FROM postern.webhook_headers AS h WHERE h.key_id = k.id
               OFFSET 0));
    IF missing IS NOT NULL THEN
        RETURN concat('secrets are sealed for another key (', missing,
            '): give its private half as well, with --key FILE');
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION postern.keys_wanted IS
'NULL: whoever has the keys with these ids opens all secrets and headers, or all that
are not sealed for a retired key. Otherwise a sentence that says what is missing.';

CREATE OR REPLACE FUNCTION postern.delivery_ready(known bytea[])
RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
BEGIN
    RETURN postern.keys_wanted(known, true);
END
$$;
COMMENT ON FUNCTION postern.delivery_ready IS
'NULL: a worker that has the keys with these ids can send to every webhook.
Otherwise a sentence that says what is missing.';

CREATE OR REPLACE FUNCTION postern.delivery_starts(known bytea[])
RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
BEGIN
    RETURN postern.keys_wanted(known, false);
END
$$;
COMMENT ON FUNCTION postern.delivery_starts IS
'NULL: a worker that has the keys with these ids may start. As delivery_ready,
but that a retired key may have been lost: others are sent what they are owed.';

CREATE OR REPLACE FUNCTION postern.add_signing_key(public_key text)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    part    text[] := regexp_match(rtrim(public_key, E'\n'),
        '^postern-signing-public-1 ([0-9a-f]{16}) whpk_([A-Za-z0-9+/]{43}=)$');
    new_id  bytea  := decode(part[1], 'hex');
    new_key bytea  := decode(part[2], 'base64');
    known   postern.signing_key;
BEGIN
    IF public_key ~ 'postern-signing-private-|whsk_' THEN
        RAISE EXCEPTION 'this is the private half of a key'
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Give the line of the .pub file, and make a new pair'
                    || ' of keys: the private half may now be in a log.';
    ELSIF part IS NULL OR encode(new_key, 'base64') <> part[2] THEN
        RAISE EXCEPTION 'this is not the line of a public key'
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Give the line of the .pub file that'
                    || ' postern-keygen --signing makes.';
    END IF;
    -- Of two that are added at once, the second sees the first.
    LOCK TABLE postern.signing_key IN SHARE ROW EXCLUSIVE MODE;
    SELECT * INTO known FROM postern.signing_key AS k WHERE k.id = new_id;
    IF known.public_key <> new_key THEN
        RAISE EXCEPTION 'there is another key with the id %', part[1]
            USING ERRCODE = 'unique_violation',
                HINT = 'One of the two .pub files has been changed by hand.';
    ELSIF known.id IS NOT NULL AND known.retired_at IS NULL THEN
        RETURN part[1];
    ELSIF (SELECT count(*) FROM postern.signing_key AS k
            WHERE k.retired_at IS NULL) > 1 THEN
        RAISE EXCEPTION 'there are a current and a next signing key already'
            USING ERRCODE = 'object_not_in_prerequisite_state',
                HINT = 'First retire one with postern.retire_signing_key:'
                    || ' SELECT id, state FROM postern.signing_keys';
    END IF;
    INSERT INTO postern.signing_key AS k (id, public_key)
    VALUES (new_id, new_key)
    ON CONFLICT ON CONSTRAINT signing_key_pkey DO UPDATE
       SET added_at = clock_timestamp(), retired_at = NULL,
           published_until = NULL;
    RETURN part[1];
END
$$;
COMMENT ON FUNCTION postern.add_signing_key IS
'Publish a signing key to receivers, given as the line of its .pub file. The
first key is the current one. A second is the next one, which receivers can
learn before anything is signed with it alone. More are refused:
object_not_in_prerequisite_state. Returns the id, 16 hex digits. Calling it
again is harmless, and brings a retired key back. Malformed:
invalid_parameter_value.';

CREATE OR REPLACE FUNCTION postern.retire_signing_key(
    id text, overlap interval DEFAULT '1 day')
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF overlap IS NULL OR overlap < '0' OR overlap > '7 days' THEN
        RAISE EXCEPTION 'invalid overlap: %', coalesce(overlap::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Give an interval from 0 to 7 days.';
    END IF;
    UPDATE postern.signing_key AS k
       SET retired_at = coalesce(k.retired_at, now()),
           published_until = least(k.published_until, now() + overlap)
     WHERE encode(k.id, 'hex') = lower(retire_signing_key.id);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no signing key "%"', coalesce(id, 'NULL')
            USING ERRCODE = 'no_data_found',
                HINT = 'Give its id: SELECT id FROM postern.signing_keys';
    END IF;
END
$$;
COMMENT ON FUNCTION postern.retire_signing_key IS
'End a signing key; the next one becomes current. Receivers still find it for
the overlap, 0 to 7 days, since what it signed may be on its way. Give 0 for a
key that others may have. Calling it again can shorten the overlap. Unknown:
no_data_found.';

CREATE OR REPLACE FUNCTION postern.signing_ready(known bytea[])
RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wrong text;
BEGIN
    SELECT string_agg(coalesce(encode(given, 'hex'), 'NULL'), ', ')
      INTO wrong
      FROM unnest(known) AS given
     WHERE NOT EXISTS (SELECT FROM postern.signing_key AS k
                        WHERE k.id = given AND k.retired_at IS NULL);
    IF wrong IS NOT NULL THEN
        RETURN concat('the database has no such signing key in use (', wrong,
            '): as an administrator, SELECT postern.add_signing_key(',
            '''the line of its .pub file''), or give it no longer');
    END IF;
    SELECT k.id INTO wrong
      FROM postern.signing_keys AS k
     WHERE k.state = 'current' AND decode(k.id, 'hex') <> ALL (known);
    IF wrong IS NOT NULL THEN
        RETURN concat('receivers are told of a signing key (', wrong,
            '): give its private half, with --signing-key FILE');
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION postern.signing_ready IS
'NULL: a worker that signs with the keys of these ids signs as receivers are
told. Otherwise a sentence that says what is wrong.';

CREATE OR REPLACE FUNCTION postern.signing_key_items(scope text, in_use boolean)
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    -- What a retired one signed is to be verified like the current one's.
    RETURN (
        SELECT string_agg(format(
                   '{"id":"%s","algorithm":"ed25519","key":"%s",'
                   || '"status":"%s","added_at":"%s"%s}', k.id, k.public_key,
                   CASE WHEN in_use AND k.state <> 'next' THEN 'current' ELSE 'next' END,
                   postern.api_time(k.added_at),
                   ',"scope":"' || scope || '"'),
                   ',' ORDER BY k.added_at, k.id)
          FROM postern.signing_keys AS k
         WHERE k.state <> 'retired' OR k.published_until > now());
END
$$;
COMMENT ON FUNCTION postern.signing_key_items IS
'The signing keys that receivers are told of, as the items of an array in JSON:
the current key, retired ones within their overlap (also as current), and the
next. None is current that is not in use. scope NULL: they do not say it.';

CREATE OR REPLACE FUNCTION postern.api_webhook_keys()
RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN format('{"keys":[%s]}', postern.signing_key_items(NULL, true));
END
$$;
COMMENT ON FUNCTION postern.api_webhook_keys IS
'The platform''s keys, as JSON: receivers verify with them where it signs for all
accounts with the same key, and accounts'' keys are derived from them. The answer
may be cached.';

CREATE OR REPLACE FUNCTION postern.signs_by(wanted text)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN EXISTS (SELECT FROM postern.worker AS w WHERE w.signs = wanted)
        OR wanted = coalesce((
            SELECT s.scope FROM postern.signing_scope AS s
             ORDER BY s.last_at DESC LIMIT 1), 'account');
END
$$;
COMMENT ON FUNCTION postern.signs_by IS
'Are deliveries signed with keys of this scope, account or platform? Workers that
change from one to the other sign with both for a while.';

CREATE OR REPLACE FUNCTION postern.api_get_webhook_keys(account uuid)
RETURNS postern.api_answer
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    answer postern.api_answer;
BEGIN
    answer.outcome := 'ok';
    answer.body := format('{"account":"%s","keys":[%s]}', account, concat_ws(',',
        postern.signing_key_items('account', postern.signs_by('account')),
        CASE WHEN postern.signs_by('platform')
             THEN postern.signing_key_items('platform', true) END));
    answer.etag := postern.api_tag(answer.body);
    RETURN answer;
END
$$;
COMMENT ON FUNCTION postern.api_get_webhook_keys IS
'GET /v1/webhook-keys: the keys that the account''s receivers verify with. Of the
scope account are the platform''s too, from which the responder derives the
account''s, and takes the account out.';
