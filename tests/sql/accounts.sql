-- accounts.sql - ids, slots, accounts and access tokens.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

-- Ids ------------------------------------------------------------------------

CREATE TEMP TABLE made AS
SELECT postern.uuid7() AS id, n FROM generate_series(1, 1000) AS n;
SELECT is(count(DISTINCT id)::integer, 1000, 'ids are unique') FROM made;
SELECT is_empty($$
    SELECT id FROM made WHERE id::text !~
    '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'
    $$, 'ids are of version 7 and variant 10');
SELECT cmp_ok(abs(extract(epoch FROM clock_timestamp()) * 1000
        - ('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint),
    '<', 60000::numeric, 'an id begins with the time in milliseconds')
  FROM made WHERE n = 1;
SELECT cmp_ok(count(DISTINCT postern.slot(id)), '>', 500::bigint,
    'slots are spread') FROM made;
SELECT is(postern.slot(id::uuid), slot, 'slot of ' || id)
  FROM (VALUES ('018f0000-0000-7000-8000-000000000000', 0),
               ('018f0000-0000-7000-8000-0000000003ff', 1023),
               ('018f0000-0000-7000-8000-00000000fc01', 1),
               ('018f0000-0000-7000-8000-00000000fe01', 513),
               ('018f0000-0000-7000-bfff-fffffffffd00', 256)) AS v (id, slot);

-- Base 62 and CRC-32: known values -------------------------------------------

SELECT is(postern.base62(n, width), wanted, format('%s in base 62', n))
  FROM (VALUES (0::numeric, 1, '0'), (0, 3, '000'), (9, 1, '9'), (10, 1, 'A'),
               (35, 1, 'Z'), (36, 1, 'a'), (61, 1, 'z'), (62, 2, '10'),
               (1023, 2, 'GV'), (3843, 2, 'zz'), (4294967295, 6, '4gfFC3'),
               (28269553036454149273332760011886696253239742350009903329945699220681916415,
                   41, 'uyBGw6Ssi1cQwo0JV1QkmcVo3mjDvDLv464Pu6sCF'))
       AS v (n, width, wanted);
SELECT throws_ok('SELECT postern.base62(62, 1)', '22003', NULL,
    'a number too wide is refused');
SELECT throws_ok('SELECT postern.base62(-1, 1)', '22003', NULL,
    'a negative number is refused');
SELECT is(postern.crc32(convert_to(text, 'UTF8')), wanted,
    format('CRC-32 of "%s"', text))
  FROM (VALUES ('', 0::bigint), ('a', 3904355907), ('abc', 891568578),
               ('123456789', 3421780262),
               ('The quick brown fox jumps over the lazy dog', 1095738169))
       AS v (text, wanted);
SELECT is(postern.crc32('\x00000000'), 558161692::bigint, 'CRC-32 of zeros');
SELECT is(length(postern.random_bits(gen_random_uuid())), 122,
    'a UUIDv4 has 122 random bits');
SELECT is(postern.random_bits('00000000-0000-4000-8000-000000000000'),
    repeat('0', 122)::varbit, 'its version and variant are left out');
SELECT is(postern.random_bits('ffffffff-ffff-4fff-bfff-ffffffffffff'),
    repeat('1', 122)::varbit, 'all others are kept');

-- Accounts -------------------------------------------------------------------

SELECT set_config('test.a', postern.create_account('accounts.sql a')::text,
    true);
SELECT is(row_to_json(a)::jsonb - 'created_at', jsonb_build_object(
        'id', a.id, 'name', 'accounts.sql a', 'slot', postern.slot(a.id),
        'webhooks', 0, 'webhook_limit', 1000, 'share', 1),
    'the view shows a new account')
  FROM postern.accounts AS a WHERE id = current_setting('test.a')::uuid;
SELECT throws_ok('SELECT postern.create_account(''accounts.sql a'')', '23505',
    'there is already an account named "accounts.sql a"',
    'names of accounts are unique');
SELECT throws_ok(format('SELECT postern.create_account(%L)', name), '22023',
    'an account''s name must have 1 to 200 characters and not be blank',
    format('an account cannot be named %L', left(name, 10)))
  FROM (VALUES (''), (' '), (NULL), (repeat('x', 201))) AS v (name);

SELECT lives_ok(format('SELECT postern.set_webhook_limit(%L, 5)',
    current_setting('test.a')), 'a limit may be set');
SELECT is(webhook_limit, 5, 'a limit is kept')
  FROM postern.accounts WHERE id = current_setting('test.a')::uuid;
SELECT throws_ok(format('SELECT postern.set_webhook_limit(%L, -1)',
    current_setting('test.a')), '22023', NULL, 'a limit is not negative');
SELECT throws_ok(format('SELECT postern.set_webhook_limit(%L, NULL)',
    current_setting('test.a')), '22023', NULL, 'a limit is not NULL');
SELECT throws_ok('SELECT postern.set_webhook_limit(
    ''018f0000-0000-7000-8000-000000000000'', 1)', 'P0002',
    'there is no account 018f0000-0000-7000-8000-000000000000',
    'a limit needs an account');

CREATE FUNCTION pg_temp.kept(share real) RETURNS real
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM postern.set_share(current_setting('test.a')::uuid, share);
    RETURN a.share FROM postern.accounts AS a
            WHERE a.id = current_setting('test.a')::uuid;
END
$$;
SELECT is(pg_temp.kept(share), share, format('a share may be %s', share))
  FROM unnest('{0.01,2.5,100,1}'::real[]) AS share;
SELECT throws_ok(format('SELECT postern.set_share(%L, %L)',
        current_setting('test.a'), share), '22023',
    format('a share must be from 0.01 to 100, not %s', coalesce(share::real::text, 'NULL')),
    format('a share cannot be %s', coalesce(share, 'NULL')))
  FROM unnest('{0,0.009,-1,100.1,Infinity,NaN}'::text[] || NULL::text) AS share;
SELECT is(a.share, 1::real, 'and stays what it was')
  FROM postern.accounts AS a WHERE a.id = current_setting('test.a')::uuid;
SELECT throws_ok('SELECT postern.set_share(
    ''018f0000-0000-7000-8000-000000000000'', 1)', 'P0002',
    'there is no account 018f0000-0000-7000-8000-000000000000',
    'a share needs an account');

-- Tokens ---------------------------------------------------------------------

CREATE FUNCTION pg_temp.value62(text text) RETURNS numeric
LANGUAGE sql AS $$
    SELECT sum((strpos(
        '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
        substr(text, i, 1)) - 1) * 62::numeric ^ (length(text) - i))
      FROM generate_series(1, length(text)) AS i
$$;
-- CRC-32 by long division of bits, unlike the product's.
CREATE FUNCTION pg_temp.crc(text text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    message varbit := '';
    rest    bit(33);
BEGIN
    FOR i IN 1 .. length(text) LOOP
        message := message || reverse(ascii(substr(text, i, 1))::bit(8)::text)
            ::varbit;
    END LOOP;
    message := (substring(message FROM 1 FOR 32) # repeat('1', 32)::varbit)
        || substring(message FROM 33) || repeat('0', 32)::varbit;
    rest := substring(message FROM 1 FOR 33)::bit(33);
    FOR i IN 34 .. length(message) + 1 LOOP
        IF get_bit(rest, 0) = 1 THEN
            rest := rest # B'100000100110000010001110110110111';
        END IF;
        IF i <= length(message) THEN
            rest := substring(rest FROM 2) || substring(message FROM i FOR 1);
        END IF;
    END LOOP;
    RETURN (~ reverse(right(rest::text, 32))::bit(32))::bit(32)::bigint
        & 4294967295;
END
$$;
SELECT is(pg_temp.crc('123456789'), 3421780262, 'the test''s own CRC-32');

CREATE TEMP TABLE token AS
SELECT postern.issue_token(current_setting('test.a')::uuid) AS text
  FROM generate_series(1, 50);
SELECT is_empty($$
    SELECT text FROM token WHERE text !~ '^pst_[0-9A-Za-z]{49}$'
    $$, 'a token is pst_ and 49 base62 digits');
SELECT is_empty($$
    SELECT text FROM token
     WHERE pg_temp.value62(substr(text, 5, 2))
           <> postern.slot(current_setting('test.a')::uuid)
    $$, 'a token carries its account''s slot');
SELECT is_empty($$
    SELECT text FROM token WHERE pg_temp.value62(substr(text, 48))
                                 <> pg_temp.crc(left(text, 47))
    $$, 'a token ends in the CRC-32 of the rest');
SELECT is_empty($$
    SELECT text FROM token
     WHERE pg_temp.value62(substr(text, 7, 41)) >= 2::numeric ^ 244
    $$, 'its secret has 244 bits');
SELECT cmp_ok(max(pg_temp.value62(substr(text, 7, 41))), '>',
    2::numeric ^ 242, 'of which the first are used') FROM token;
SELECT is(count(DISTINCT substr(text, 7, 41)), 50::bigint, 'tokens differ')
  FROM token;
SELECT bag_eq($$
    SELECT hash FROM postern.access_token
     WHERE account_id = current_setting('test.a')::uuid
    $$, 'SELECT sha256(convert_to(text, ''UTF8'')) FROM token',
    'only the SHA-256 of a token is stored');
SELECT is_empty($$
    SELECT t FROM postern.access_token AS t, token
     WHERE strpos(t::text, substr(token.text, 5)) > 0
    $$, 'a token''s text is not stored');

SELECT is(expires_at, now() + interval '90 days', 'a token lives 90 days')
  FROM postern.access_tokens WHERE account_id = current_setting('test.a')::uuid
 LIMIT 1;
SELECT set_config('test.short', postern.issue_token(
    current_setting('test.a')::uuid, interval '1 hour'), true);
SELECT is(count(*), 1::bigint, 'or as long as is said')
  FROM postern.access_tokens WHERE expires_at = now() + interval '1 hour';
SELECT throws_ok(format('SELECT postern.issue_token(%L, %L)',
        current_setting('test.a'), ttl), '22023', NULL,
    format('a token cannot live for %s', coalesce(ttl, 'NULL')))
  FROM (VALUES ('0'), ('-1 day'), ('1 month -40 days'), (NULL)) AS v (ttl);
SELECT throws_ok('SELECT postern.issue_token(
    ''018f0000-0000-7000-8000-000000000000'')', 'P0002', NULL,
    'a token needs an account');
SELECT throws_ok('SELECT postern.issue_token(NULL)', 'P0002',
    'there is no account NULL', 'a token needs an account, not NULL');

-- Revoking -------------------------------------------------------------------

SELECT is(postern.revoke_token(text), id, 'a token is revoked by its text')
  FROM token JOIN postern.access_token
    ON hash = sha256(convert_to(text, 'UTF8')) LIMIT 1;
SELECT is(count(*), 1::bigint, 'one is revoked')
  FROM postern.access_tokens WHERE state = 'revoked'
   AND account_id = current_setting('test.a')::uuid;
SELECT is(postern.revoke_token(id::text), id, 'a token is revoked by its id')
  FROM postern.access_tokens
 WHERE state = 'valid' AND account_id = current_setting('test.a')::uuid
 LIMIT 1;
UPDATE postern.access_token SET revoked_at = now() - interval '1 day'
 WHERE revoked_at IS NOT NULL AND account_id = current_setting('test.a')::uuid;
SELECT is(postern.revoke_token(id::text), id, 'again is harmless')
  FROM postern.access_tokens
 WHERE state = 'revoked' AND account_id = current_setting('test.a')::uuid;
SELECT is(count(*), 2::bigint, 'and keeps the time')
  FROM postern.access_tokens
 WHERE revoked_at = now() - interval '1 day'
   AND account_id = current_setting('test.a')::uuid;
SELECT throws_ok(format('SELECT postern.revoke_token(%L)', token), 'P0002',
    'there is no such access token',
    format('no token: %s', coalesce(nullif(token, ''), 'empty or NULL')))
  FROM (VALUES (''), (NULL), ('pst_'), ('\x00'),
               ('018f0000-0000-7000-8000-000000000000')) AS v (token);

UPDATE postern.access_token
   SET created_at = now() - interval '2 hours',
       expires_at = now() - interval '1 second'
 WHERE hash = sha256(convert_to(current_setting('test.short'), 'UTF8'));
SELECT is(state, 'expired', 'a token whose time is over is expired')
  FROM postern.access_tokens WHERE expires_at = now() - interval '1 second';

SELECT * FROM finish();
ROLLBACK;
