-- 0022-signing-keys.sql - the platform's own keys, by which receivers verify
-- without a secret.

CREATE TABLE postern.signing_key (
    id              bytea       CONSTRAINT signing_key_pkey PRIMARY KEY
        CONSTRAINT signing_key_id_check CHECK (octet_length(id) = 8),
    public_key      bytea       NOT NULL
        CONSTRAINT signing_key_public_key_check
            CHECK (octet_length(public_key) = 32),
    added_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    retired_at      timestamptz,
    published_until timestamptz,
    CONSTRAINT signing_key_retired_check
        CHECK ((retired_at IS NULL) = (published_until IS NULL))
);
COMMENT ON TABLE postern.signing_key IS
'The public halves of the keys that postern-delivery signs with, beside the
webhooks'' secrets: Ed25519, the v1a of Standard Webhooks.';
COMMENT ON COLUMN postern.signing_key.id IS
'The first 8 bytes of BLAKE2b of the public half; in text, 16 hex digits.';
COMMENT ON COLUMN postern.signing_key.retired_at IS
'Since when nothing need be signed with it; NULL: in use.';
COMMENT ON COLUMN postern.signing_key.published_until IS
'How long receivers still find a retired key.';

CREATE VIEW postern.signing_keys AS
SELECT encode(k.id, 'hex') AS id,
       CASE WHEN k.retired_at IS NOT NULL THEN 'retired'
            WHEN row_number() OVER (PARTITION BY k.retired_at IS NULL
                                    ORDER BY k.added_at, k.id) = 1
            THEN 'current' ELSE 'next' END AS state,
       'whpk_' || encode(k.public_key, 'base64') AS public_key,
       k.added_at, k.retired_at, k.published_until
  FROM postern.signing_key AS k;
COMMENT ON VIEW postern.signing_keys IS
'The keys that deliveries are signed with: the current, the next while they
rotate, and those retired.';
COMMENT ON COLUMN postern.signing_keys.id IS 'for retire_signing_key';
COMMENT ON COLUMN postern.signing_keys.state IS 'current, next or retired';
COMMENT ON COLUMN postern.signing_keys.public_key IS
'as receivers get it: whpk_ and 32 bytes in base64';
COMMENT ON COLUMN postern.signing_keys.added_at IS
'when it was added, or brought back';
COMMENT ON COLUMN postern.signing_keys.retired_at IS 'when it was retired';
COMMENT ON COLUMN postern.signing_keys.published_until IS
'how long receivers still find a retired one';
GRANT SELECT ON postern.signing_keys TO postern_admin;

CREATE FUNCTION postern.add_signing_key(public_key text)
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
                HINT = 'Give the line of the .pub file. The private half may'
                    || ' now be in a log: better make a new pair of keys.';
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
                HINT = 'First retire one by postern.retire_signing_key:'
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
REVOKE ALL ON FUNCTION postern.add_signing_key(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.add_signing_key(text) TO postern_admin;
COMMENT ON FUNCTION postern.add_signing_key(text) IS
'Let receivers find a signing key, given as the line of its .pub file. The
first is the current one, a second the next, which receivers should know
before anything is signed with it alone; more are refused:
object_not_in_prerequisite_state. Returns the id, 16 hex digits. Again is
harmless, and brings a retired key back. Malformed: invalid_parameter_value.';

CREATE FUNCTION postern.retire_signing_key(
    id text, overlap interval DEFAULT '1 day')
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF overlap IS NULL OR overlap < '0' OR overlap > '7 days' THEN
        RAISE EXCEPTION 'not an overlap: %', coalesce(overlap::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Give 0 to 7 days.';
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
REVOKE ALL ON FUNCTION postern.retire_signing_key(text, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.retire_signing_key(text, interval)
    TO postern_admin;
COMMENT ON FUNCTION postern.retire_signing_key(text, interval) IS
'End a signing key; the next one becomes current. Receivers find it for the
overlap yet, 0 to 7 days, since what it signed may be on its way; for one that
others may have, give 0. Again may shorten that. Unknown: no_data_found.';

CREATE FUNCTION postern.api_webhook_keys()
RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- What a retired one signed is to be verified like the current one's.
    RETURN (
        SELECT format('{"keys":[%s]}', string_agg(format(
                   '{"id":"%s","algorithm":"ed25519","key":"%s",'
                   || '"status":"%s","added_at":"%s"}', k.id, k.public_key,
                   CASE k.state WHEN 'next' THEN 'next' ELSE 'current' END,
                   to_char(k.added_at AT TIME ZONE 'UTC',
                       'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
                   ',' ORDER BY k.added_at, k.id))
          FROM postern.signing_keys AS k
         WHERE k.state <> 'retired' OR k.published_until > now());
END
$$;
REVOKE ALL ON FUNCTION postern.api_webhook_keys() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.api_webhook_keys() TO postern_responder;
COMMENT ON FUNCTION postern.api_webhook_keys() IS
'The keys that receivers may verify with, as JSON: those that sign, retired
ones within their overlap too, as current, and the next. It may be cached.';

CREATE FUNCTION postern.signing_ready(known bytea[])
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
REVOKE ALL ON FUNCTION postern.signing_ready(bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.signing_ready(bytea[]) TO postern_delivery;
COMMENT ON FUNCTION postern.signing_ready(bytea[]) IS
'NULL when a worker that signs with the keys of these ids does what receivers
are told; else what is wrong.';
