-- peers.sql - what the peers' deliveries need: webhooks, and their attempts.
CREATE SCHEMA bench;

CREATE TABLE bench.webhook (
    id     integer PRIMARY KEY,
    url    text    NOT NULL,
    secret bytea   NOT NULL
);
INSERT INTO bench.webhook
SELECT n, :'prefix' || n, sha256(n::text::bytea)
FROM generate_series(0, :webhooks) AS n;

CREATE TABLE bench.attempt (
    message_id  text        NOT NULL,
    webhook_id  integer     NOT NULL,
    started_at  timestamptz NOT NULL,
    duration_ms integer     NOT NULL,
    status      integer,
    error       text
);
CREATE INDEX ON bench.attempt (message_id);
CREATE INDEX ON bench.attempt (webhook_id, started_at);
ANALYZE;
