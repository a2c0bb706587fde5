-- 0001-baseline.sql - what is stored as of 0.1.0, and the rules that hold
-- without any code. What each table and column means is in comments.sql.
--
-- Never changed once released: later changes are files of their own, and new
-- columns come last, so that an old database gets what a new one has.
--
-- account_id leads the key of every table that grows, so that one account's
-- rows lie together and a shard is a set of accounts.
--
-- Foreign keys are where rows are few. postern.webhook, subscription and
-- secret have none: each is a trigger that runs for each row, and the five
-- made a batch of 64 registrations 2.3 times as dear (406 thousand processor
-- instructions a registration, where it is 174 without). Whoever writes them
-- has found or made what the row refers to, under the account's lock;
-- accounts, event types and sealing keys are never deleted. The queue has
-- none either: what outlives its webhook is cancelled by whoever looks at it.

-- Accounts, and what may act for them ----------------------------------------

CREATE TABLE postern.account (
    id            uuid        CONSTRAINT account_pkey PRIMARY KEY,
    name          text        NOT NULL
        CONSTRAINT account_name_key UNIQUE,
    webhook_limit integer     NOT NULL DEFAULT 1000,
    webhook_count integer     NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

CREATE TABLE postern.client (
    account_id  uuid        NOT NULL
        CONSTRAINT client_account_fkey REFERENCES postern.account,
    id          uuid        NOT NULL,
    name        text        NOT NULL,
    scopes      text[]      NOT NULL
        CONSTRAINT client_scopes_check
            CHECK (scopes <@ '{webhooks:read,webhooks:write}'
               AND cardinality(scopes) > 0
               AND array_position(scopes, NULL) IS NULL),
    secret_hash bytea       NOT NULL
        CONSTRAINT client_secret_hash_key UNIQUE
        CONSTRAINT client_secret_hash_check
            CHECK (octet_length(secret_hash) = 32),
    created_at  timestamptz NOT NULL DEFAULT now(),
    revoked_at  timestamptz,
    CONSTRAINT client_pkey PRIMARY KEY (account_id, id)
);

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
    scopes     text[]      NOT NULL DEFAULT '{webhooks:read,webhooks:write}'
        CONSTRAINT access_token_scopes_check
            CHECK (scopes <@ '{webhooks:read,webhooks:write}'
               AND cardinality(scopes) > 0
               AND array_position(scopes, NULL) IS NULL),
    client_id  uuid,
    CONSTRAINT access_token_pkey PRIMARY KEY (account_id, id),
    CONSTRAINT access_token_expires_check CHECK (expires_at > created_at),
    CONSTRAINT access_token_client_fkey
        FOREIGN KEY (account_id, client_id) REFERENCES postern.client
);
CREATE INDEX access_token_client
    ON postern.access_token (account_id, client_id, expires_at)
 WHERE client_id IS NOT NULL;

-- Event types, and patterns of them ------------------------------------------

CREATE TABLE postern.event_type (
    id          integer     GENERATED ALWAYS AS IDENTITY
        CONSTRAINT event_type_pkey PRIMARY KEY,
    name        text        COLLATE "C" NOT NULL
        CONSTRAINT event_type_name_key UNIQUE,
    description text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    kind        text        NOT NULL DEFAULT 'type'
        CONSTRAINT event_type_kind_check
            CHECK (kind IN ('type', 'pattern', 'test')),
    matches     integer[]   NOT NULL DEFAULT '{}',
    json_schema jsonb
        CONSTRAINT event_type_json_schema_check
            CHECK (jsonb_typeof(json_schema) IN ('object', 'boolean')
               AND octet_length(json_schema::text) <= 65536),
    example     jsonb
        CONSTRAINT event_type_example_check
            CHECK (octet_length(example::text) <= 65536),
    CONSTRAINT event_type_name_check
        CHECK (length(name) <= 128 AND CASE kind
            WHEN 'pattern' THEN name ~ '^([A-Za-z0-9._:-]*\.)?\*$'
            ELSE name ~ '^[A-Za-z0-9._:-]+$' END)
);
INSERT INTO postern.event_type (name, kind, description)
VALUES ('postern.test', 'test', 'sent when a client tests its webhook');

-- Webhooks -------------------------------------------------------------------

CREATE TABLE postern.webhook (
    account_id    uuid        NOT NULL,
    id            uuid        NOT NULL,
    url           text        NOT NULL,
    canonical_url text        COLLATE "C" NOT NULL,
    state         text        NOT NULL DEFAULT 'enabled',
    reason        text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    ordered       boolean     NOT NULL DEFAULT false,
    rate          real
        CONSTRAINT webhook_rate_check
            CHECK (rate >= 0.001::real AND rate <= 10000),
    description   text
        CONSTRAINT webhook_description_check
            CHECK (length(description) <= 500),
    disabled_by   text
        CONSTRAINT webhook_disabled_by_check
            CHECK (disabled_by IN ('account', 'worker', 'operator')),
    CONSTRAINT webhook_pkey PRIMARY KEY (account_id, id),
    CONSTRAINT webhook_canonical_url_key UNIQUE (account_id, canonical_url),
    CONSTRAINT webhook_values_check
        CHECK (state IN ('enabled', 'disabled', 'deleted')
           AND octet_length(url) BETWEEN 1 AND 2048
           AND octet_length(canonical_url) BETWEEN 1 AND 2048)
) WITH (fillfactor = 90);

CREATE TABLE postern.subscription (
    account_id    uuid    NOT NULL,
    webhook_id    uuid    NOT NULL,
    event_type_id integer NOT NULL,
    CONSTRAINT subscription_pkey
        PRIMARY KEY (account_id, webhook_id, event_type_id)
);
CREATE UNIQUE INDEX subscription_fan_out
    ON postern.subscription (account_id, event_type_id, webhook_id);

-- Secrets and keys -----------------------------------------------------------

CREATE TABLE postern.sealing_key (
    id         bytea       CONSTRAINT sealing_key_pkey PRIMARY KEY
        CONSTRAINT sealing_key_id_check CHECK (octet_length(id) = 8),
    public_key bytea       NOT NULL
        CONSTRAINT sealing_key_public_key_check
            CHECK (octet_length(public_key) = 32),
    added_at   timestamptz NOT NULL DEFAULT now(),
    retired_at timestamptz
);

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

CREATE TABLE postern.signing_key (
    id              bytea       CONSTRAINT signing_key_pkey PRIMARY KEY
        CONSTRAINT signing_key_id_check CHECK (octet_length(id) = 8),
    public_key      bytea       NOT NULL
        CONSTRAINT signing_key_public_key_check
            CHECK (octet_length(public_key) = 32),
    added_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    retired_at      timestamptz,
    published_until timestamptz,
    CONSTRAINT signing_key_retired_check
        CHECK ((retired_at IS NULL) = (published_until IS NULL))
);

-- Working hours --------------------------------------------------------------

CREATE TABLE postern.schedule (
    only_row  boolean CONSTRAINT schedule_pkey PRIMARY KEY DEFAULT true
        CONSTRAINT schedule_only_row_check CHECK (only_row),
    time_zone text    NOT NULL DEFAULT 'UTC'
);
INSERT INTO postern.schedule DEFAULT VALUES;

CREATE TABLE postern.opening (
    weekday integer NOT NULL
        CONSTRAINT opening_weekday_check CHECK (weekday BETWEEN 1 AND 7),
    opens   time    NOT NULL,
    closes  time    NOT NULL,
    CONSTRAINT opening_pkey PRIMARY KEY (weekday, opens, closes),
    CONSTRAINT opening_order_check CHECK (opens < closes)
);

CREATE TABLE postern.holiday (
    day    date CONSTRAINT holiday_pkey PRIMARY KEY
        CONSTRAINT holiday_day_check CHECK (isfinite(day)),
    reason text
);

-- Messages -------------------------------------------------------------------

CREATE TABLE postern.message (
    id            uuid    NOT NULL,
    account_id    uuid,
    event_type_id integer NOT NULL,
    owed          bigint  NOT NULL,
    body          text    NOT NULL,
    xid           xid8    NOT NULL DEFAULT pg_current_xact_id(),
    CONSTRAINT message_pkey PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX message_feed ON postern.message (account_id, xid, id);
CREATE TABLE postern.message_default PARTITION OF postern.message DEFAULT;

CREATE TABLE postern.dedup (
    account_id uuid NOT NULL,
    key        text COLLATE "C" NOT NULL
        CONSTRAINT dedup_key_check CHECK (octet_length(key) BETWEEN 1 AND 256),
    message_id uuid NOT NULL,
    CONSTRAINT dedup_pkey PRIMARY KEY (account_id, key)
);
CREATE INDEX dedup_message ON postern.dedup (message_id);

-- The queue ------------------------------------------------------------------
--
-- A delivery is a row of fresh until a worker first looks at it, then of
-- in_flight while a worker has it in hand, or of backlog while it waits; once
-- it is over, only its attempts tell of it. Each of its moves is a DELETE and
-- an INSERT, so that no row is updated while it is hot. A transaction that is
-- held open keeps the dead rows of all three; each is therefore read from a
-- lower bound that the worker keeps.

CREATE SEQUENCE postern.delivery_id;

CREATE TABLE postern.fresh (
    id         bigint  NOT NULL DEFAULT nextval('postern.delivery_id')
        CONSTRAINT fresh_pkey PRIMARY KEY,
    account_id uuid    NOT NULL,
    webhook_id uuid    NOT NULL,
    message_id uuid    NOT NULL,
    ordered    boolean NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = 1000000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 1000000,
    autovacuum_vacuum_cost_delay = 0);
CREATE INDEX fresh_ordered ON postern.fresh (webhook_id, id) WHERE ordered;

CREATE TABLE postern.backlog (
    id         bigint      NOT NULL CONSTRAINT backlog_pkey PRIMARY KEY,
    account_id uuid        NOT NULL,
    webhook_id uuid        NOT NULL,
    message_id uuid        NOT NULL,
    ordered    boolean     NOT NULL,
    attempt_no integer     NOT NULL,
    retry_no   integer     NOT NULL,
    due_at     timestamptz NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 20000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 1000000,
    autovacuum_vacuum_cost_delay = 0);
CREATE INDEX backlog_due ON postern.backlog (webhook_id, due_at, id)
    WHERE NOT ordered;
CREATE INDEX backlog_ordered ON postern.backlog (webhook_id, id) WHERE ordered;
CREATE INDEX backlog_message ON postern.backlog (webhook_id, message_id);

CREATE TABLE postern.in_flight (
    id          bigint      NOT NULL CONSTRAINT in_flight_pkey PRIMARY KEY,
    account_id  uuid        NOT NULL,
    webhook_id  uuid        NOT NULL,
    message_id  uuid        NOT NULL,
    ordered     boolean     NOT NULL,
    attempt_no  integer     NOT NULL,
    retry_no    integer     NOT NULL,
    lease_until timestamptz NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = 1000000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 1000000,
    autovacuum_vacuum_cost_delay = 0);
CREATE INDEX in_flight_lease ON postern.in_flight (lease_until);
CREATE INDEX in_flight_webhook ON postern.in_flight (webhook_id);
CREATE UNIQUE INDEX in_flight_ordered ON postern.in_flight (webhook_id)
    WHERE ordered;

CREATE TABLE postern.lane (
    account_id    uuid        NOT NULL,
    webhook_id    uuid        NOT NULL,
    next_at       timestamptz NOT NULL,
    rate_next_at  timestamptz,
    cool_until    timestamptz,
    probing       boolean     NOT NULL DEFAULT false,
    failures      integer     NOT NULL DEFAULT 0,
    failing_since timestamptz,
    failed_at     timestamptz,
    CONSTRAINT lane_pkey PRIMARY KEY (account_id, webhook_id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX lane_next ON postern.lane (next_at);

CREATE TABLE postern.lane_note (
    id         bigint      GENERATED ALWAYS AS IDENTITY
        CONSTRAINT lane_note_pkey PRIMARY KEY,
    account_id uuid        NOT NULL,
    webhook_id uuid        NOT NULL,
    try_at     timestamptz NOT NULL
        DEFAULT clock_timestamp() + interval '5 ms',
    news       text        NOT NULL
        CONSTRAINT lane_note_news_check
            CHECK (news IN ('open', 'free', 'outcomes', 'disable')),
    sent       integer,
    failed     integer,
    began      timestamptz,
    hard       boolean,
    hold       interval,
    due        timestamptz,
    gone       boolean,
    why        text
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0);
CREATE INDEX lane_note_try ON postern.lane_note (try_at);

-- Attempts -------------------------------------------------------------------

CREATE TABLE postern.attempt (
    delivery_id bigint      NOT NULL,
    attempt_no  integer     NOT NULL,
    account_id  uuid        NOT NULL,
    webhook_id  uuid        NOT NULL,
    message_id  uuid        NOT NULL,
    started_at  timestamptz NOT NULL,
    verdict     text        NOT NULL,
    outcome     text
        CONSTRAINT attempt_outcome_check
            CHECK (outcome IN ('sent', 'failed', 'cancelled')),
    status      integer,
    name_us     integer,
    connect_us  integer,
    tls_us      integer,
    first_us    integer,
    total_us    integer,
    peer        text,
    tls         text,
    answer      bytea,
    error       text
) PARTITION BY RANGE (started_at);
CREATE INDEX attempt_delivery ON postern.attempt (delivery_id);
CREATE INDEX attempt_state
    ON postern.attempt (webhook_id, outcome, message_id);
CREATE TABLE postern.attempt_default PARTITION OF postern.attempt DEFAULT;

CREATE TABLE postern.delivery_setting (
    only_row  boolean  CONSTRAINT delivery_setting_pkey PRIMARY KEY DEFAULT true
        CONSTRAINT delivery_setting_only_row_check CHECK (only_row),
    retention interval NOT NULL DEFAULT '30 days'
        CONSTRAINT delivery_setting_retention_check
            CHECK (retention BETWEEN interval '7 days' AND interval '10 years')
);
INSERT INTO postern.delivery_setting DEFAULT VALUES;

-- The API --------------------------------------------------------------------

CREATE TYPE postern.api_answer AS (
    outcome     text,
    body        text,
    etag        text,
    next        text,
    parameter   text,
    value       jsonb,
    retry_after integer,
    text        text
);
