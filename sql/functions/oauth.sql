-- oauth.sql - access tokens for clients, by OAuth's client credentials (RFC 6749, 4.4).
--
-- Nothing counts a client's failures: whoever knows its id, which is no
-- secret, could lock it out. Guessing 244 bits needs no counting; the web
-- server limits how often an address may try.

CREATE OR REPLACE FUNCTION postern.authenticate_client(client text, secret_hash bytea)
RETURNS postern.client
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    found postern.client;
BEGIN
    -- By the hash's index: what the time tells is of a hash, not the secret.
    -- The lock makes revoke_client wait, so that it misses no token, and of
    -- two calls the second, so that it counts the tokens of the first.
    SELECT c.* INTO found
      FROM postern.client AS c
     WHERE c.secret_hash = authenticate_client.secret_hash
       AND c.id::text = client AND c.revoked_at IS NULL
       FOR NO KEY UPDATE;
    RETURN found;
END
$$;
COMMENT ON FUNCTION postern.authenticate_client IS
'The client with this id and the SHA-256 of this secret, unless it is revoked;
otherwise NULLs.';

CREATE OR REPLACE FUNCTION postern.oauth_lifetime()
RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT interval '1 hour' $$;
COMMENT ON FUNCTION postern.oauth_lifetime IS
'How long a client''s token is valid.';

CREATE OR REPLACE FUNCTION postern.oauth_alive()
RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT 10 $$;
COMMENT ON FUNCTION postern.oauth_alive IS
'How many tokens a client has at one time at most.';

CREATE OR REPLACE FUNCTION postern.oauth_scopes(scope text, allowed text[])
RETURNS text[]
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    scopes text[] := allowed;
BEGIN
    IF scope IS NOT NULL THEN
        scopes := ARRAY(
            SELECT DISTINCT s.name
              FROM unnest(string_to_array(scope, ' ')) AS s (name)
             ORDER BY s.name);
    END IF;
    RETURN CASE WHEN scopes <> '{}' AND scopes <@ allowed THEN scopes END;
END
$$;
COMMENT ON FUNCTION postern.oauth_scopes IS
'The scopes that a client asks for, which are those that it may have if it does not
say; NULL: it may not have them.';

CREATE OR REPLACE FUNCTION postern.oauth_body(token text, scopes text[])
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN format('{"access_token":"%s","token_type":"Bearer",'
            || '"expires_in":%s,"scope":"%s"}',
        token, extract(epoch FROM postern.oauth_lifetime())::integer,
        array_to_string(scopes, ' '));
END
$$;
COMMENT ON FUNCTION postern.oauth_body IS
'The answer of RFC 6749, 5.1, with this token.';

CREATE OR REPLACE FUNCTION postern.oauth_token(
    client text, secret_hash bytea, scope text,
    OUT outcome text, OUT body text)
RETURNS record
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    found  postern.client := postern.authenticate_client(client, secret_hash);
    scopes text[]         := postern.oauth_scopes(scope, found.scopes);
    token  text;
BEGIN
    IF found.id IS NULL THEN
        SELECT p.outcome, p.body INTO outcome, body
          FROM postern.platform_oauth_token(client, secret_hash, scope) AS p;
        RETURN;
    ELSIF scopes IS NULL THEN
        outcome := 'invalid_scope';
        RETURN;
    END IF;
    -- Two for one, so that a client that asks often leaves no heap behind.
    DELETE FROM postern.access_token AS t
     WHERE t.account_id = found.account_id
       AND t.id = ANY (ARRAY(
           SELECT e.id
             FROM postern.access_token AS e
            WHERE e.account_id = found.account_id AND e.client_id = found.id
              AND e.expires_at <= now() - interval '1 day'
            ORDER BY e.expires_at
            LIMIT 2
              FOR UPDATE SKIP LOCKED));
    -- With the new one there are as many as may be: the oldest end.
    DELETE FROM postern.access_token AS t
     WHERE t.account_id = found.account_id
       AND t.id = ANY (ARRAY(
           SELECT e.id
             FROM postern.access_token AS e
            WHERE e.account_id = found.account_id AND e.client_id = found.id
              AND e.expires_at > now()
            ORDER BY e.expires_at DESC, e.id DESC
           OFFSET postern.oauth_alive() - 1));
    token := postern.new_token(postern.slot(found.account_id));
    INSERT INTO postern.access_token
        (account_id, id, hash, expires_at, scopes, client_id)
    VALUES (found.account_id, postern.uuid7(),
            sha256(convert_to(token, 'UTF8')), now() + postern.oauth_lifetime(),
            scopes, found.id);
    outcome := 'ok';
    body := postern.oauth_body(token, scopes);
END
$$;
COMMENT ON FUNCTION postern.oauth_token IS
'Make an access token for the client with this id and the SHA-256 of this
secret. scope has names separated by a blank; NULL: all that the client has.
A client has at most ten at a time: the oldest ends when there would be more.
outcome is ok (body is the answer of RFC 6749, 5.1), invalid_client or
invalid_scope.';

CREATE OR REPLACE FUNCTION postern.oauth_revoke(
    client text, secret_hash bytea, token_hash bytea)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    found postern.client := postern.authenticate_client(client, secret_hash);
BEGIN
    IF found.id IS NULL THEN
        RETURN postern.platform_oauth_revoke(client, secret_hash, token_hash);
    END IF;
    -- Nothing is kept of it, or who asks and revokes often leaves a heap.
    DELETE FROM postern.access_token AS t
     WHERE t.hash = token_hash AND t.account_id = found.account_id
       AND t.client_id = found.id;
    RETURN 'ok';
END
$$;
COMMENT ON FUNCTION postern.oauth_revoke IS
'Refuse the access token with this SHA-256 from now on, for the client with
this id and the SHA-256 of this secret. Returns ok, also when the client was
issued no such token (NULL: the text is not a token), or invalid_client.';
