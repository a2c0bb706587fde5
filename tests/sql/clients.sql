-- clients.sql - clients of accounts, and the tokens they get.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

CREATE FUNCTION pg_temp.hash(text text) RETURNS bytea
LANGUAGE sql AS $$ SELECT sha256(convert_to(text, 'UTF8')) $$;

CREATE FUNCTION pg_temp.id(name text) RETURNS uuid
LANGUAGE sql AS $$ SELECT current_setting('test.' || name)::uuid $$;

CREATE FUNCTION pg_temp.state(token text) RETURNS text
LANGUAGE sql AS $$
    SELECT v.state FROM postern.access_tokens AS v
      JOIN postern.access_token AS t USING (account_id, id)
     WHERE t.hash = pg_temp.hash(token)
$$;

-- Made -----------------------------------------------------------------------

SELECT set_config('test.a', postern.create_account('clients.sql a')::text, true),
       set_config('test.b', postern.create_account('clients.sql b')::text, true)
\g /dev/null
CREATE TEMP TABLE made AS
SELECT v.name, c.*
  FROM (VALUES ('both', pg_temp.id('a'),
                '{webhooks:write,webhooks:read,webhooks:read}'::text[]),
               ('reader', pg_temp.id('a'), '{webhooks:read}'),
               ('other', pg_temp.id('b'), '{webhooks:read,webhooks:write}'))
       AS v (name, account, scopes),
       postern.create_client(v.account, v.name, v.scopes) AS c;

-- As the responder asks, with what it gets.
CREATE FUNCTION pg_temp.token(who text, scope text DEFAULT NULL)
RETURNS TABLE (outcome text, token text, expires_in integer, granted text)
LANGUAGE sql AS $$
    SELECT t.outcome, b.access_token, b.expires_in, b.scope
      FROM made AS m,
           postern.oauth_token(m.client_id::text, pg_temp.hash(m.client_secret),
               scope) AS t
      LEFT JOIN LATERAL json_to_record(t.body::json) AS b (
               access_token text, expires_in integer, scope text) ON true
     WHERE m.name = who
$$;
CREATE FUNCTION pg_temp.revoke(who text, token text) RETURNS text
LANGUAGE sql AS $$
    SELECT postern.oauth_revoke(m.client_id::text,
               pg_temp.hash(m.client_secret), pg_temp.hash(token))
      FROM made AS m WHERE m.name = who
$$;

SELECT is_empty($$
    SELECT client_secret FROM made
     WHERE client_secret !~ '^pcs_[0-9A-Za-z]{49}$'
    $$, 'a secret is pcs_ and 49 base62 digits');
SELECT is_empty($$
    SELECT client_secret FROM made
     WHERE right(client_secret, 6) <> postern.base62(postern.crc32(
               convert_to(left(client_secret, 47), 'UTF8')), 6)
    $$, 'a secret ends in the CRC-32 of the rest');
SELECT results_eq('SELECT count(DISTINCT client_secret) FROM made',
    'VALUES (3::bigint)', 'secrets differ');
SELECT bag_eq('SELECT secret_hash FROM postern.client',
    'SELECT pg_temp.hash(client_secret) FROM made',
    'only the SHA-256 of a secret is stored');
SELECT is_empty($$
    SELECT c FROM postern.client AS c, made AS m
     WHERE strpos(c::text, substr(m.client_secret, 5)) > 0
    $$, 'a secret''s text is not stored');
SELECT is(row_to_json(c)::jsonb - 'created_at', jsonb_build_object(
        'id', m.client_id, 'account_id', pg_temp.id('a'), 'name', 'both',
        'scopes', ARRAY['webhooks:read', 'webhooks:write'],
        'state', 'valid', 'tokens', 0, 'revoked_at', NULL),
    'the view shows a new client, each scope once')
  FROM postern.clients AS c JOIN made AS m ON m.client_id = c.id
 WHERE m.name = 'both';
SELECT is(c.scopes, '{webhooks:read,webhooks:write}',
    'a client has both scopes unless said')
  FROM postern.create_client(pg_temp.id('a'), 'usual') AS made,
       LATERAL (SELECT * FROM postern.client WHERE id = made.client_id) AS c;

SELECT throws_ok(format('SELECT postern.create_client(%L, ''x'', %L)',
        pg_temp.id('a'), scopes), '22023', NULL,
    format('no client has the scopes %s', coalesce(scopes, 'NULL')))
  FROM (VALUES ('{}'), (NULL), ('{webhooks}'), ('{webhooks:read,NULL}'),
               ('{webhooks:read,admin}')) AS v (scopes);
SELECT throws_ok(format('SELECT postern.create_client(%L, %L)',
        pg_temp.id('a'), name), '22023', NULL,
    format('a client cannot be named %L', left(name, 10)))
  FROM (VALUES (''), (' '), (NULL), (repeat('x', 201))) AS v (name);
SELECT throws_ok('SELECT postern.create_client(
    ''018f0000-0000-7000-8000-000000000000'', ''x'')', 'P0002', NULL,
    'a client needs an account');

-- Tokens ---------------------------------------------------------------------

SELECT set_config('test.token', t.token, true) FROM pg_temp.token('both') AS t
\g /dev/null
SELECT matches(current_setting('test.token'), '^pst_[0-9A-Za-z]{49}$',
    'a client''s token has the form of any');
SELECT is(row(v.account_id, v.state, v.expires_at, v.scopes, v.client_id)::text,
    row(pg_temp.id('a'), 'valid', now() + interval '1 hour',
        '{webhooks:read,webhooks:write}'::text[], m.client_id)::text,
    'it is the account''s, for an hour, with all of the client''s scopes')
  FROM postern.access_token AS t
  JOIN postern.access_tokens AS v USING (account_id, id)
  JOIN made AS m ON m.name = 'both'
 WHERE t.hash = pg_temp.hash(current_setting('test.token'));
SELECT is(tokens, 1::bigint, 'the view counts it')
  FROM postern.clients WHERE name = 'both';

SELECT is(row(t.outcome, t.expires_in, t.granted, t.token IS NULL)::text,
    row(v.outcome, CASE v.outcome WHEN 'ok' THEN 3600 END,
        v.granted, v.outcome <> 'ok')::text,
    format('%s asks for %s', who, coalesce(quote_literal(scope), 'all')))
  FROM (VALUES
    ('both', NULL, 'ok', 'webhooks:read webhooks:write'),
    ('both', 'webhooks:read', 'ok', 'webhooks:read'),
    ('both', 'webhooks:write', 'ok', 'webhooks:write'),
    ('both', 'webhooks:write webhooks:read', 'ok',
        'webhooks:read webhooks:write'),
    ('both', 'webhooks:read webhooks:read', 'ok', 'webhooks:read'),
    ('reader', NULL, 'ok', 'webhooks:read'),
    ('reader', 'webhooks:write', 'invalid_scope', NULL),
    ('reader', 'webhooks:read webhooks:write', 'invalid_scope', NULL),
    ('both', 'webhooks:admin', 'invalid_scope', NULL),
    ('both', 'webhooks:read  webhooks:write', 'invalid_scope', NULL),
    ('both', ' webhooks:read', 'invalid_scope', NULL),
    ('both', 'WEBHOOKS:READ', 'invalid_scope', NULL),
    ('both', 'webhooks:*', 'invalid_scope', NULL),
    ('both', '', 'invalid_scope', NULL), ('both', ' ', 'invalid_scope', NULL)
       ) AS v (who, scope, outcome, granted),
       pg_temp.token(who, scope) AS t;

SELECT is(row(t.*)::text, '(invalid_client,)', wrong)
  FROM made AS m JOIN made AS o ON m.name = 'both' AND o.name = 'other',
       LATERAL (VALUES
    ('the secret of another client', m.client_id::text,
        pg_temp.hash(o.client_secret)),
    ('an unknown secret', m.client_id::text, pg_temp.hash('x')),
    ('no secret', m.client_id::text, NULL),
    ('a hash that is none', m.client_id::text, '\x00'),
    ('an id in upper case', upper(m.client_id::text),
        pg_temp.hash(m.client_secret)),
    ('an id that is none', 'x', pg_temp.hash(m.client_secret)),
    ('no id', NULL, pg_temp.hash(m.client_secret)))
       AS v (wrong, id, hash),
       postern.oauth_token(v.id, v.hash, NULL) AS t;

-- Revoked by the client ------------------------------------------------------

SELECT set_config('test.foreign', t.token, true) FROM pg_temp.token('other') AS t
\g /dev/null
SELECT set_config('test.issued', postern.issue_token(pg_temp.id('a')), true)
\g /dev/null
SELECT is(pg_temp.revoke('both', current_setting('test.foreign')), 'ok',
    'a token of another account is no error');
SELECT is(pg_temp.state(current_setting('test.foreign')), 'valid',
    'and stays valid');
SELECT is(pg_temp.revoke('reader', 'x'), 'ok', 'nor is an unknown one');
SELECT is(postern.oauth_revoke(client_id::text, pg_temp.hash(client_secret),
    NULL), 'ok', 'nor a text that is none') FROM made WHERE name = 'both';
SELECT is(postern.oauth_revoke(client_id::text, pg_temp.hash('x'),
        pg_temp.hash(current_setting('test.token'))), 'invalid_client',
    'a wrong secret revokes nothing') FROM made WHERE name = 'both';
SELECT is(pg_temp.state(current_setting('test.token')), 'valid',
    'indeed nothing');
SELECT is(pg_temp.revoke('both', current_setting('test.token')), 'ok',
    'a client revokes its own token');
SELECT is(pg_temp.state(current_setting('test.token')), NULL,
    'which is gone');
SELECT is(pg_temp.revoke('both', current_setting('test.token')), 'ok',
    'again is harmless');
SELECT is(pg_temp.revoke('both', current_setting('test.issued')), 'ok',
    'a token that it was not issued is no error');
SELECT is(pg_temp.state(current_setting('test.issued')), 'valid',
    'and stays valid as well');

-- Old tokens go as new ones come ---------------------------------------------

UPDATE postern.access_token
   SET created_at = now() - interval '3 days',
       expires_at = now() - interval '2 days'
 WHERE client_id = (SELECT client_id FROM made WHERE name = 'both');
CREATE TEMP TABLE before AS SELECT count(*) AS n FROM postern.access_token;
SELECT is(t.outcome, 'ok', 'another token') FROM pg_temp.token('both') AS t;
SELECT is((SELECT count(*) FROM postern.access_token), n - 1,
    'two of the client''s old tokens went') FROM before;
SELECT is(count(*), 2::bigint, 'but none of another')
  FROM postern.access_token
 WHERE client_id = (SELECT client_id FROM made WHERE name = 'reader')
    OR hash = pg_temp.hash(current_setting('test.foreign'));

-- Few are alive at one time -------------------------------------------------

CREATE TEMP TABLE many AS
SELECT n, (pg_temp.token('reader')).token FROM generate_series(1, 12) AS n;
SELECT results_eq($$
    SELECT n, coalesce(pg_temp.state(token), 'gone') FROM many ORDER BY n
    $$, $$
    SELECT n, CASE WHEN n > 2 THEN 'valid' ELSE 'gone' END
      FROM generate_series(1, 12) AS n
    $$, 'the oldest end when a client has more than ten');
SELECT is(count(*), 10::bigint, 'no others are left')
  FROM postern.access_token
 WHERE client_id = (SELECT client_id FROM made WHERE name = 'reader')
   AND expires_at > now();
SELECT is(pg_temp.state(current_setting('test.foreign')), 'valid',
    'those of another client stay');

-- Whose a credential is -------------------------------------------------------

SELECT is(c.*, row(pg_temp.id('a'), 1::real), 'a token has an account')
  FROM postern.credential_account(pg_temp.hash(
           current_setting('test.issued'))) AS c;
SELECT is(c.*, row(pg_temp.id('a'), 1::real), 'so has a client''s secret')
  FROM made AS m,
       postern.credential_account(pg_temp.hash(m.client_secret)) AS c
 WHERE m.name = 'both';
SELECT is(c.*, row(NULL::uuid, NULL::real), 'an unknown one has none')
  FROM postern.credential_account(pg_temp.hash('x')) AS c;

-- Revoked by an operator -----------------------------------------------------

SELECT set_config('test.token', t.token, true) FROM pg_temp.token('both') AS t
\g /dev/null
SELECT set_config('test.reader', t.token, true) FROM pg_temp.token('reader') AS t
\g /dev/null
SELECT lives_ok(format('SELECT postern.revoke_client(%L)', client_id),
    'a client is revoked') FROM made WHERE name = 'both';
SELECT is(row(state, tokens, revoked_at)::text,
    row('revoked', 0, now())::text,
    'the view says so') FROM postern.clients WHERE name = 'both';
SELECT is(pg_temp.state(current_setting('test.token')), 'revoked',
    'its tokens are revoked');
SELECT is(pg_temp.state(current_setting('test.reader')), 'valid',
    'those of another client are not');
SELECT is(t.outcome, 'invalid_client', 'it gets no more')
  FROM pg_temp.token('both') AS t;
SELECT is(pg_temp.revoke('both', current_setting('test.reader')),
    'invalid_client', 'and can revoke none');
UPDATE postern.client SET revoked_at = now() - interval '1 day'
 WHERE revoked_at IS NOT NULL;
SELECT lives_ok(format('SELECT postern.revoke_client(%L)', client_id),
    'again is harmless') FROM made WHERE name = 'both';
SELECT is(revoked_at, now() - interval '1 day', 'and keeps the time')
  FROM postern.clients WHERE name = 'both';
SELECT throws_ok(format('SELECT postern.revoke_client(%L)', id), 'P0002', NULL,
    format('no client: %s', coalesce(id, 'NULL')))
  FROM (VALUES ('018f0000-0000-7000-8000-000000000000'), (NULL)) AS v (id);

SELECT * FROM finish();
ROLLBACK;
