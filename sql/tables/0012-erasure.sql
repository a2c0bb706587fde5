-- 0012-erasure.sql - accounts and messages can be erased, and what is known of
-- a webhook goes with it.

ALTER TABLE postern.message ADD COLUMN erased_at timestamptz;

-- Its attempts are found by its id alone.
CREATE TABLE postern.removed_webhook (
    id         uuid        CONSTRAINT removed_webhook_pkey PRIMARY KEY,
    account_id uuid        NOT NULL,
    removed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX removed_webhook_account ON postern.removed_webhook (account_id, id);
CREATE INDEX removed_webhook_time ON postern.removed_webhook (removed_at);

CREATE TABLE postern.erasure (
    id         uuid        CONSTRAINT erasure_pkey PRIMARY KEY,
    began_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at   timestamptz,
    webhooks   bigint      NOT NULL DEFAULT 0,
    messages   bigint      NOT NULL DEFAULT 0,
    deliveries bigint      NOT NULL DEFAULT 0,
    attempts   bigint      NOT NULL DEFAULT 0,
    keys       bigint      NOT NULL DEFAULT 0,
    tokens     bigint      NOT NULL DEFAULT 0,
    clients    bigint      NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

ALTER TABLE postern.task
    DROP CONSTRAINT task_kind_check,
    ADD CONSTRAINT task_kind_check
        CHECK (kind IN ('replay', 'cancel', 'reorder', 'drop', 'scrub', 'forget', 'erase')),
    ADD COLUMN part text,
    ADD COLUMN behind uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    ADD COLUMN horizon xid8,
    ADD COLUMN last_round boolean NOT NULL DEFAULT false;
