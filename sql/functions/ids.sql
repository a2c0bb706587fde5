-- ids.sql - ids, what is read from them, and the parts that tokens are made of.

CREATE OR REPLACE FUNCTION postern.uuid7()
RETURNS uuid
LANGUAGE sql VOLATILE
AS $$
    -- 4096ths of a millisecond; the version, 7, goes between the two parts.
    SELECT (overlay(lpad(to_hex(
                (date_part('epoch', clock_timestamp()) * 4096000)::bigint), 15, '0')
            PLACING '7' FROM 13 FOR 0)
        || substr(gen_random_uuid()::text, 20))::uuid
$$;
COMMENT ON FUNCTION postern.uuid7 IS
'A new UUIDv7 (RFC 9562, 5.7 and 6.2, method 3): 48 bits of milliseconds, 12
bits of their fraction, so that those of one session are in order, and 62
random bits. One expression, which its callers take in: that saves a call.';

CREATE OR REPLACE FUNCTION postern.first_uuid7(at timestamptz)
RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT CASE
        WHEN at <= 'epoch' THEN '00000000-0000-0000-0000-000000000000'
        WHEN at >= '9999-01-01 00:00+00' THEN
            'ffffffff-ffff-ffff-ffff-ffffffffffff'
        ELSE (lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12,
            '0') || '00000000000000000000')::uuid
        END
$$;
COMMENT ON FUNCTION postern.first_uuid7 IS
'A lower bound: no UUIDv7 made at this time or later is lower.';

CREATE OR REPLACE FUNCTION postern.uuid7_time(id uuid)
RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN to_timestamp(('x' || substr(replace(id::text, '-', ''), 1, 12))
        ::bit(48)::bigint / 1000.0);
END
$$;
COMMENT ON FUNCTION postern.uuid7_time IS
'When a UUIDv7 was made, to the millisecond.';

CREATE OR REPLACE FUNCTION postern.time_text(at timestamptz)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
BEGIN
    RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US"+00"');
END
$$;
COMMENT ON FUNCTION postern.time_text IS
'A time to be read again, whatever DateStyle and TimeZone are: as their text is
written by default, an abbreviation such as IST may be that of another zone.';

CREATE OR REPLACE FUNCTION postern.slot(id uuid)
RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT get_byte(uuid_send(id), 14) % 4 * 256 + get_byte(uuid_send(id), 15)
$$;
COMMENT ON FUNCTION postern.slot IS
'The slot of an account''s id, 0 to 1023: its last 10 bits. Accounts are
distributed to shards by it.';

CREATE OR REPLACE FUNCTION postern.write_message_id(id uuid)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT 'msg_' || replace(id::text, '-', '') $$;
COMMENT ON FUNCTION postern.write_message_id IS
'As message_name(), for our own functions: the expression that has it takes it in,
which saves a call.';

CREATE OR REPLACE FUNCTION postern.message_name(id uuid)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$ BEGIN RETURN postern.write_message_id(id); END $$;
COMMENT ON FUNCTION postern.message_name IS
'A message''s id as receivers see it: msg_ and 32 hexadecimal digits.';

CREATE OR REPLACE FUNCTION postern.base62(n numeric, width integer)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    digits CONSTANT text :=
        '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
    rest   numeric := n;
    result text    := '';
BEGIN
    WHILE rest > 0 LOOP
        result := substr(digits, (rest % 62)::integer + 1, 1) || result;
        rest := div(rest, 62);
    END LOOP;
    IF n < 0 OR n <> trunc(n) OR length(result) > width THEN
        RAISE EXCEPTION '% is not a number of % base62 digits', n, width
            USING ERRCODE = 'numeric_value_out_of_range';
    END IF;
    RETURN lpad(result, width, '0');
END
$$;
COMMENT ON FUNCTION postern.base62 IS
'A whole number in width digits 0-9A-Za-z, most significant first.';

CREATE OR REPLACE FUNCTION postern.crc32(bytes bytea)
RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    crc bigint := x'ffffffff'::bigint;
BEGIN
    FOR i IN 0 .. octet_length(bytes) - 1 LOOP
        crc := crc # get_byte(bytes, i);
        FOR bit IN 1 .. 8 LOOP
            crc := crc >> 1 # x'edb88320'::bigint * (crc & 1);
        END LOOP;
    END LOOP;
    RETURN crc # x'ffffffff'::bigint;
END
$$;
COMMENT ON FUNCTION postern.crc32 IS
'CRC-32 as in zlib, gzip and PNG: polynomial edb88320 reflected.';

CREATE OR REPLACE FUNCTION postern.random_bits(id uuid)
RETURNS bit varying
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
    SELECT substring(b FROM 1 FOR 48) || substring(b FROM 53 FOR 12)
        || substring(b FROM 67)
      FROM (SELECT ('x' || encode(uuid_send(id), 'hex'))::bit(128)) AS id (b)
$$;
COMMENT ON FUNCTION postern.random_bits IS
'The 122 random bits of a UUIDv4: all but its version (4 bits) and variant (2).';

CREATE OR REPLACE FUNCTION postern.new_credential(prefix text, slot integer)
RETURNS text
LANGUAGE plpgsql VOLATILE STRICT
AS $$
DECLARE
    bits   bit varying := postern.random_bits(gen_random_uuid())
        || postern.random_bits(gen_random_uuid());
    secret numeric     := 0;
    body   text;
BEGIN
    FOR i IN 0 .. 3 LOOP
        secret := secret * 2305843009213693952          -- 2 to the 61
            + substring(bits FROM 61 * i + 1 FOR 61)::bit(61)::bigint;
    END LOOP;
    body := prefix || postern.base62(slot, 2) || postern.base62(secret, 41);
    RETURN body || postern.base62(postern.crc32(convert_to(body, 'UTF8')), 6);
END
$$;
COMMENT ON FUNCTION postern.new_credential IS
'The text of a new credential: the prefix, the slot in 2 base62 digits, 244
random bits in 41, and in 6 the CRC-32 of all before.';

CREATE OR REPLACE FUNCTION postern.new_token(slot integer)
RETURNS text
LANGUAGE plpgsql VOLATILE STRICT
AS $$
BEGIN
    RETURN postern.new_credential('pst_', slot);
END
$$;
COMMENT ON FUNCTION postern.new_token IS
'The text of a new access token.';
