-- 0014-longer-secrets.sql - secrets of other services, of up to 64 bytes.

-- Those that are there fulfil the constraint of before, and so this one.
ALTER TABLE postern.secret
    DROP CONSTRAINT secret_lengths_check,
    ADD CONSTRAINT secret_lengths_check
        CHECK (octet_length(key_id) = 8 AND octet_length(ephemeral) = 32
           AND octet_length(nonce) = 24 AND octet_length(box) =
               CASE WHEN get_byte(uuid_send(id), 6) >> 4 = 8 THEN 80 ELSE 48 END)
        NOT VALID;
