-- 0002-ids.sql - ids, slots, and the parts that tokens are made of.

CREATE OR REPLACE FUNCTION postern.uuid7()
RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    us   bigint := extract(epoch FROM clock_timestamp()) * 1000000;
    head bigint := us / 1000 << 16 | x'7000'::bigint
        | us % 1000 * 4096 / 1000;
BEGIN
    RETURN encode(overlay(uuid_send(gen_random_uuid()) PLACING int8send(head)
        FROM 1), 'hex')::uuid;
END
$$;
REVOKE ALL ON FUNCTION postern.uuid7() FROM PUBLIC;
COMMENT ON FUNCTION postern.uuid7() IS
'A new UUIDv7 (RFC 9562, 5.7 and 6.2, method 3): 48 bits of milliseconds, 12
of the fraction, so that those of one session are in order, 62 random bits.';

CREATE OR REPLACE FUNCTION postern.slot(id uuid)
RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT get_byte(uuid_send(id), 14) % 4 * 256 + get_byte(uuid_send(id), 15)
$$;
REVOKE ALL ON FUNCTION postern.slot(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.slot(uuid) TO postern_admin;
COMMENT ON FUNCTION postern.slot(uuid) IS
'The slot of an account''s id, 0 to 1023: its last 10 bits. Accounts are
distributed by it.';

CREATE OR REPLACE FUNCTION postern.base62(n numeric, width integer)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
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
REVOKE ALL ON FUNCTION postern.base62(numeric, integer) FROM PUBLIC;
COMMENT ON FUNCTION postern.base62(numeric, integer) IS
'A whole number in width digits 0-9A-Za-z, most significant first.';

CREATE OR REPLACE FUNCTION postern.crc32(bytes bytea)
RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
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
REVOKE ALL ON FUNCTION postern.crc32(bytea) FROM PUBLIC;
COMMENT ON FUNCTION postern.crc32(bytea) IS
'CRC-32 as in zlib, gzip and PNG: polynomial edb88320 reflected.';

CREATE OR REPLACE FUNCTION postern.random_bits(id uuid)
RETURNS bit varying
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT substring(b FROM 1 FOR 48) || substring(b FROM 53 FOR 12)
        || substring(b FROM 67)
      FROM (SELECT ('x' || encode(uuid_send(id), 'hex'))::bit(128)) AS id (b)
$$;
REVOKE ALL ON FUNCTION postern.random_bits(uuid) FROM PUBLIC;
COMMENT ON FUNCTION postern.random_bits(uuid) IS
'The 122 random bits of a UUIDv4: all but its version (4 bits) and variant
(2).';

CREATE OR REPLACE FUNCTION postern.new_credential(prefix text, slot integer)
RETURNS text
LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
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
REVOKE ALL ON FUNCTION postern.new_credential(text, integer) FROM PUBLIC;
COMMENT ON FUNCTION postern.new_credential(text, integer) IS
'A new credential''s text: the prefix, the slot in 2 base62 digits, 244 random
bits in 41, and in 6 the CRC-32 of all before.';

CREATE OR REPLACE FUNCTION postern.new_token(slot integer)
RETURNS text
LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN postern.new_credential('pst_', slot);
END
$$;
REVOKE ALL ON FUNCTION postern.new_token(integer) FROM PUBLIC;
COMMENT ON FUNCTION postern.new_token(integer) IS
'A new access token''s text.';
