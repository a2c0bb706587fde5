-- 0016-headers.sql - headers that a webhook's requests have besides ours.

-- At most one row for a webhook; its id is the webhook's headers_id, so that a
-- claim looks for it only where there is one.
CREATE TABLE postern.webhook_headers (
    account_id uuid        NOT NULL,
    webhook_id uuid        NOT NULL,
    id         uuid        NOT NULL,
    names      text[]      NOT NULL,
    key_id     bytea       NOT NULL,
    ephemeral  bytea       NOT NULL,
    nonce      bytea       NOT NULL,
    box        bytea       NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT webhook_headers_pkey PRIMARY KEY (account_id, webhook_id),
    CONSTRAINT webhook_headers_values_check
        CHECK (cardinality(names) BETWEEN 1 AND 16
           AND octet_length(key_id) = 8 AND octet_length(ephemeral) = 32
           AND octet_length(nonce) = 24 AND octet_length(box) BETWEEN 80 AND 8208
           AND octet_length(box) % 64 = 16)
) WITH (fillfactor = 90);
CREATE INDEX webhook_headers_key ON postern.webhook_headers (key_id);

ALTER TABLE postern.webhook ADD COLUMN headers_id uuid;

-- It returns one column more.
DROP FUNCTION IF EXISTS postern.claim(
    bigint, integer, interval, integer, uuid[], integer[], integer, uuid[], integer[],
    integer, integer, integer, integer, integer, integer[], integer, integer[], uuid[],
    bigint[], timestamptz[], uuid, timestamptz);
