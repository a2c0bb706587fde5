-- platform_clients.sql - clients of the platform itself, which publish for any
-- account, and their tokens.
--
-- They and their tokens have tables of their own, so that nothing that an account's
-- token opens is open to them by oversight.

CREATE OR REPLACE FUNCTION postern.create_platform_client(
    name text, scopes text[] DEFAULT '{messages:write}',
    OUT client_id uuid, OUT client_secret text)
RETURNS record
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
BEGIN
    PERFORM postern.check_client_name(name);
    client_id := postern.uuid7();
    client_secret := postern.new_credential('pcs_', postern.slot(client_id));
    INSERT INTO postern.platform_client (id, name, scopes, secret_hash)
    VALUES (client_id, name, ARRAY(SELECT DISTINCT s.name FROM unnest(scopes) AS s (name)),
            sha256(convert_to(client_secret, 'UTF8')));
EXCEPTION
    WHEN check_violation OR not_null_violation THEN
        RAISE EXCEPTION 'invalid scopes for a client of the platform: %',
            coalesce(scopes::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'It can have messages:write alone.';
END
$$;
COMMENT ON FUNCTION postern.create_platform_client IS
'Let a program of the platform itself publish over HTTP, to any account or to all, with
access tokens that it gets at /oauth/token, each for an hour. Returns its id and its
secret. The secret is shown this once: only its SHA-256 is stored. The name is for
operators, 1 to 200 characters. The only scope is messages:write. It is limited as an
account is: its share is 1 unless set_share sets it, by its id. revoke_client ends it.';

CREATE OR REPLACE FUNCTION postern.is_platform_token(hash bytea)
RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT EXISTS (
        SELECT FROM postern.platform_token AS t
         WHERE t.hash = is_platform_token.hash AND t.revoked_at IS NULL
           AND t.expires_at > now())
$$;
COMMENT ON FUNCTION postern.is_platform_token IS
'Is there a valid token of the platform with this SHA-256?';

CREATE OR REPLACE FUNCTION postern.authenticate_platform_client(
    client text, secret_hash bytea)
RETURNS postern.platform_client
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    found postern.platform_client;
BEGIN
    -- As authenticate_client() does, for the same reasons.
    SELECT c.* INTO found
      FROM postern.platform_client AS c
     WHERE c.secret_hash = authenticate_platform_client.secret_hash
       AND c.id::text = client AND c.revoked_at IS NULL
       FOR NO KEY UPDATE;
    RETURN found;
END
$$;
COMMENT ON FUNCTION postern.authenticate_platform_client IS
'The client of the platform with this id and the SHA-256 of this secret, unless it
is revoked; otherwise NULLs.';

CREATE OR REPLACE FUNCTION postern.platform_oauth_token(
    client text, secret_hash bytea, scope text,
    OUT outcome text, OUT body text)
RETURNS record
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    found  postern.platform_client :=
        postern.authenticate_platform_client(client, secret_hash);
    scopes text[] := postern.oauth_scopes(scope, found.scopes);
    token  text;
BEGIN
    IF found.id IS NULL THEN
        outcome := 'invalid_client';
        RETURN;
    ELSIF scopes IS NULL THEN
        outcome := 'invalid_scope';
        RETURN;
    END IF;
    DELETE FROM postern.platform_token AS t
     WHERE t.id = ANY (ARRAY(
           SELECT e.id
             FROM postern.platform_token AS e
            WHERE e.client_id = found.id AND e.expires_at <= now() - interval '1 day'
            ORDER BY e.expires_at
            LIMIT 2
              FOR UPDATE SKIP LOCKED));
    DELETE FROM postern.platform_token AS t
     WHERE t.id = ANY (ARRAY(
           SELECT e.id
             FROM postern.platform_token AS e
            WHERE e.client_id = found.id AND e.expires_at > now()
            ORDER BY e.expires_at DESC, e.id DESC
           OFFSET postern.oauth_alive() - 1));
    token := postern.new_token(postern.slot(found.id));
    INSERT INTO postern.platform_token (id, client_id, hash, expires_at, scopes)
    VALUES (postern.uuid7(), found.id, sha256(convert_to(token, 'UTF8')),
            now() + postern.oauth_lifetime(), scopes);
    outcome := 'ok';
    body := postern.oauth_body(token, scopes);
END
$$;
COMMENT ON FUNCTION postern.platform_oauth_token IS
'What oauth_token() does, for a client of the platform.';

CREATE OR REPLACE FUNCTION postern.platform_oauth_revoke(
    client text, secret_hash bytea, token_hash bytea)
RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    found postern.platform_client :=
        postern.authenticate_platform_client(client, secret_hash);
BEGIN
    IF found.id IS NULL THEN
        RETURN 'invalid_client';
    END IF;
    DELETE FROM postern.platform_token AS t
     WHERE t.hash = token_hash AND t.client_id = found.id;
    RETURN 'ok';
END
$$;
COMMENT ON FUNCTION postern.platform_oauth_revoke IS
'What oauth_revoke() does, for a client of the platform.';

CREATE OR REPLACE FUNCTION postern.revoke_platform_client(client uuid)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    UPDATE postern.platform_client AS c
       SET revoked_at = coalesce(c.revoked_at, now())
     WHERE c.id = client;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE postern.platform_token AS t
       SET revoked_at = now()
     WHERE t.client_id = client AND t.expires_at > now() AND t.revoked_at IS NULL;
    RETURN true;
END
$$;
COMMENT ON FUNCTION postern.revoke_platform_client IS
'Revoke a client of the platform, and its tokens. False: there is none of this id.';

CREATE OR REPLACE FUNCTION postern.revoke_platform_token(hash bytea, id uuid)
RETURNS uuid
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    revoked uuid;
BEGIN
    UPDATE postern.platform_token AS t
       SET revoked_at = coalesce(t.revoked_at, now())
     WHERE t.hash = coalesce((
           SELECT o.hash FROM postern.platform_token AS o
            WHERE o.id = revoke_platform_token.id), revoke_platform_token.hash)
    RETURNING t.id INTO revoked;
    RETURN revoked;
END
$$;
COMMENT ON FUNCTION postern.revoke_platform_token IS
'Revoke the token of the platform with this id, or with this SHA-256, and return its
id; NULL: there is none.';
