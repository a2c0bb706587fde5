-- 0001-tables.sql - what is stored, and the rules that hold without any code.
--
-- account_id leads the key of every table that grows, so that one account's
-- rows lie together and a shard is a set of accounts.

REVOKE ALL ON SCHEMA postern FROM PUBLIC;
GRANT USAGE ON SCHEMA postern TO postern_responder, postern_admin;

CREATE TABLE postern.account (
    id            uuid        CONSTRAINT account_pkey PRIMARY KEY,
    name          text        NOT NULL
        CONSTRAINT account_name_key UNIQUE,
    webhook_limit integer     NOT NULL DEFAULT 1000,
    webhook_count integer     NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
COMMENT ON TABLE postern.account IS
'A client of the platform; owns access tokens and webhooks. Its row is the
lock under which its webhooks change.';
COMMENT ON COLUMN postern.account.id IS
'UUIDv7; its last 10 bits are the slot, the unit of distribution.';
COMMENT ON COLUMN postern.account.webhook_limit IS
'How many webhooks it may have; those it has beyond a lowered limit stay.';
COMMENT ON COLUMN postern.account.webhook_count IS
'How many it has; kept by postern.register.';

CREATE TABLE postern.access_token (
    account_id uuid        NOT NULL
        CONSTRAINT access_token_account_fkey REFERENCES postern.account,
    id         uuid        NOT NULL,
    hash       bytea       NOT NULL
        CONSTRAINT access_token_hash_key UNIQUE
        CONSTRAINT access_token_hash_check CHECK (octet_length(hash) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CONSTRAINT access_token_pkey PRIMARY KEY (account_id, id),
    CONSTRAINT access_token_expires_check CHECK (expires_at > created_at)
);
COMMENT ON TABLE postern.access_token IS
'Bearer credentials of accounts. The token itself is nowhere: only its hash.';
COMMENT ON COLUMN postern.access_token.hash IS
'SHA-256 of the token''s text.';
COMMENT ON COLUMN postern.access_token.revoked_at IS
'Since when it is refused before its time; NULL: not revoked.';

CREATE TABLE postern.event_type (
    id          integer     GENERATED ALWAYS AS IDENTITY
        CONSTRAINT event_type_pkey PRIMARY KEY,
    name        text        COLLATE "C" NOT NULL
        CONSTRAINT event_type_name_key UNIQUE
        CONSTRAINT event_type_name_check
            CHECK (name ~ '^[A-Za-z0-9._:-]{1,128}$'),
    description text,
    created_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE postern.event_type IS
'The kinds of event that may be subscribed to. None is ever removed.';
COMMENT ON COLUMN postern.event_type.name IS
'Such as payment.settled: 1 to 128 letters, digits, and . _ - :';

CREATE TABLE postern.webhook (
    account_id    uuid        NOT NULL,
    id            uuid        NOT NULL,
    url           text        NOT NULL,
    canonical_url text        COLLATE "C" NOT NULL,
    state         text        NOT NULL DEFAULT 'enabled',
    reason        text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT webhook_pkey PRIMARY KEY (account_id, id),
    CONSTRAINT webhook_canonical_url_key UNIQUE (account_id, canonical_url),
    CONSTRAINT webhook_values_check
        CHECK (octet_length(url) BETWEEN 1 AND 2048
           AND octet_length(canonical_url) BETWEEN 1 AND 2048
           AND state IN ('enabled', 'disabled'))
) WITH (fillfactor = 90);
COMMENT ON TABLE postern.webhook IS
'An account''s URL that receives events. Written by postern.register under
the account''s lock.';
COMMENT ON COLUMN postern.webhook.id IS
'UUIDv7, made by the caller of postern.register.';
COMMENT ON COLUMN postern.webhook.url IS
'As the account gave it last.';
COMMENT ON COLUMN postern.webhook.canonical_url IS
'Scheme and host in lower case, default port dropped; one webhook for each.';
COMMENT ON COLUMN postern.webhook.state IS
'enabled, or disabled: nothing is sent, events are held.';
COMMENT ON COLUMN postern.webhook.reason IS
'Why it is disabled; NULL when enabled.';

CREATE TABLE postern.subscription (
    account_id    uuid    NOT NULL,
    webhook_id    uuid    NOT NULL,
    event_type_id integer NOT NULL,
    CONSTRAINT subscription_pkey
        PRIMARY KEY (account_id, webhook_id, event_type_id)
);
CREATE UNIQUE INDEX subscription_fan_out
    ON postern.subscription (account_id, event_type_id, webhook_id);
COMMENT ON TABLE postern.subscription IS
'Which events a webhook receives.';
COMMENT ON INDEX postern.subscription_fan_out IS
'From an event to the webhooks that receive it.';

CREATE TABLE postern.sealing_key (
    id         bytea       CONSTRAINT sealing_key_pkey PRIMARY KEY
        CONSTRAINT sealing_key_id_check CHECK (octet_length(id) = 8),
    public_key bytea       NOT NULL
        CONSTRAINT sealing_key_public_key_check
            CHECK (octet_length(public_key) = 32),
    added_at   timestamptz NOT NULL DEFAULT now(),
    retired_at timestamptz
);
COMMENT ON TABLE postern.sealing_key IS
'The public halves of the keys that secrets are sealed for. The private
halves are with postern-delivery alone.';
COMMENT ON COLUMN postern.sealing_key.id IS
'The first 8 bytes of BLAKE2b of the public half; in text, 16 hex digits.';
COMMENT ON COLUMN postern.sealing_key.retired_at IS
'Since when no secret may be sealed for it; NULL: in use. What it guards can
still be opened.';

CREATE TABLE postern.secret (
    account_id uuid        NOT NULL,
    webhook_id uuid        NOT NULL,
    id         uuid        NOT NULL,
    key_id     bytea       NOT NULL,
    ephemeral  bytea       NOT NULL,
    nonce      bytea       NOT NULL,
    box        bytea       NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    CONSTRAINT secret_pkey PRIMARY KEY (account_id, webhook_id, id),
    CONSTRAINT secret_lengths_check
        CHECK (octet_length(key_id) = 8 AND octet_length(ephemeral) = 32
           AND octet_length(nonce) = 24 AND octet_length(box) = 48)
) WITH (fillfactor = 90);
COMMENT ON TABLE postern.secret IS
'The sealed keys that sign a webhook''s deliveries: one current, and those
before it until they expire.';
COMMENT ON COLUMN postern.secret.id IS
'Of the registration that made it.';
COMMENT ON COLUMN postern.secret.key_id IS
'The sealing key whose private half opens it.';
COMMENT ON COLUMN postern.secret.ephemeral IS
'Public half of the sealer''s key pair.';
COMMENT ON COLUMN postern.secret.box IS
'32 bytes, encrypted and authenticated (X25519, XSalsa20, Poly1305).';
COMMENT ON COLUMN postern.secret.expires_at IS
'Until when it signs beside its successor; NULL: the current one.';

CREATE TABLE postern.schedule (
    only_row  boolean CONSTRAINT schedule_pkey PRIMARY KEY DEFAULT true
        CONSTRAINT schedule_only_row_check CHECK (only_row),
    time_zone text    NOT NULL DEFAULT 'UTC'
);
INSERT INTO postern.schedule DEFAULT VALUES;
COMMENT ON TABLE postern.schedule IS
'One row: the time zone of working hours and holidays.';

CREATE TABLE postern.opening (
    weekday integer NOT NULL
        CONSTRAINT opening_weekday_check CHECK (weekday BETWEEN 1 AND 7),
    opens   time    NOT NULL,
    closes  time    NOT NULL,
    CONSTRAINT opening_pkey PRIMARY KEY (weekday, opens, closes),
    CONSTRAINT opening_order_check CHECK (opens < closes)
);
COMMENT ON TABLE postern.opening IS
'When the API is open: from opens up to, not including, closes, by the clock
on the wall. No row: always. A window over midnight is two rows.';
COMMENT ON COLUMN postern.opening.weekday IS
'1 is Monday, 7 is Sunday.';
COMMENT ON COLUMN postern.opening.closes IS
'At most 24:00.';

CREATE TABLE postern.holiday (
    day    date CONSTRAINT holiday_pkey PRIMARY KEY
        CONSTRAINT holiday_day_check CHECK (isfinite(day)),
    reason text
);
COMMENT ON TABLE postern.holiday IS
'Days on which the API is closed, midnight to midnight.';

-- Foreign keys are where rows are few. postern.webhook, subscription and
-- secret have none: each is a trigger that runs for each row, and the five
-- made a batch of 64 registrations 2.3 times as dear (406 thousand processor
-- instructions a registration, where it is 174 without). Their one writer is
-- postern.register, which has just found or made what the row refers to,
-- under the account's lock; accounts, event types and sealing keys are never
-- deleted.
