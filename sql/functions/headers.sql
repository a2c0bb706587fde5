-- headers.sql - the headers that a webhook's requests have besides ours. Their
-- values are sealed as secrets are: only the worker can open them.

CREATE OR REPLACE FUNCTION postern.sealed_headers(account uuid, webhook uuid)
RETURNS bytea
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (
        SELECT uuid_send(h.id) || h.key_id || h.ephemeral || h.nonce || h.box
          FROM postern.webhook_headers AS h
         WHERE h.account_id = account AND h.webhook_id = webhook);
END
$$;
COMMENT ON FUNCTION postern.sealed_headers IS
'The headers of a webhook as they were sealed, behind the id by which a worker
remembers them; NULL: it has none.';

CREATE OR REPLACE FUNCTION postern.header_names(hook postern.webhook)
RETURNS text[]
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF hook.headers_id IS NULL THEN
        RETURN '{}';
    END IF;
    RETURN (
        SELECT h.names
          FROM postern.webhook_headers AS h
         WHERE h.account_id = hook.account_id AND h.webhook_id = hook.id);
END
$$;
COMMENT ON FUNCTION postern.header_names IS
'The names of a webhook''s headers, in the order in which they are sent.';

CREATE OR REPLACE FUNCTION postern.set_headers(
    hook postern.webhook, names jsonb, sealed jsonb)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    new_id uuid := CASE WHEN sealed IS NOT NULL THEN postern.uuid7() END;
BEGIN
    IF new_id IS NOT NULL THEN
        PERFORM postern.require_sealing_key(decode(sealed ->> 'key_id', 'hex'));
    END IF;
    DELETE FROM postern.webhook_headers AS h
     WHERE h.account_id = hook.account_id AND h.webhook_id = hook.id;
    INSERT INTO postern.webhook_headers
        (account_id, webhook_id, id, names, key_id, ephemeral, nonce, box)
    SELECT hook.account_id, hook.id, new_id, ARRAY(SELECT jsonb_array_elements_text(names)),
           decode(sealed ->> 'key_id', 'hex'), decode(sealed ->> 'ephemeral', 'hex'),
           decode(sealed ->> 'nonce', 'hex'), decode(sealed ->> 'box', 'hex')
     WHERE new_id IS NOT NULL;
    UPDATE postern.webhook AS w SET headers_id = new_id
     WHERE w.account_id = hook.account_id AND w.id = hook.id;
END
$$;
COMMENT ON FUNCTION postern.set_headers IS
'Give a webhook, which the caller has locked, these headers in place of those that
it has; sealed NULL: none. Sealed for a key that is unknown or retired: PS001.';

CREATE OR REPLACE FUNCTION postern.origin(canonical_url text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
    RETURN substring(canonical_url FROM '^[a-z]+://[^/?#]*');
END
$$;
COMMENT ON FUNCTION postern.origin IS
'Scheme, host and port of a URL in canonical form.';
