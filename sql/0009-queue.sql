-- 0009-queue.sql - messages, what is owed of them, and what became of it.
--
-- A delivery is a row of fresh until a worker first looks at it, then of
-- flight while a worker has it in hand, or of backlog while it waits; once it
-- is over, only its attempts tell of it. Each of its moves is a DELETE and an
-- INSERT, so that no row is updated while it is hot. A transaction that is
-- held open keeps the dead rows of all three; each is therefore read from a
-- lower bound that the worker keeps.

GRANT USAGE ON SCHEMA postern TO postern_publisher, postern_delivery;

ALTER TABLE postern.webhook
    ADD ordered boolean NOT NULL DEFAULT false,
    ADD rate    real
        CONSTRAINT webhook_rate_check CHECK (rate > 0 AND rate <= 10000);
COMMENT ON COLUMN postern.webhook.ordered IS
'One delivery in flight at a time, strictly by publish order; one that fails holds back those behind it.';
COMMENT ON COLUMN postern.webhook.rate IS
'Requests a second at most; NULL: as fast as it answers.';

CREATE TABLE postern.message (
    id            uuid    NOT NULL,
    account_id    uuid,
    event_type_id integer NOT NULL,
    owed          bigint  NOT NULL,
    body          text    NOT NULL,
    CONSTRAINT message_pkey PRIMARY KEY (id)
) PARTITION BY RANGE (id);
COMMENT ON TABLE postern.message IS
'Published events. Partitioned by day: a UUIDv7 begins with its time.';
COMMENT ON COLUMN postern.message.account_id IS
'NULL: addressed to every account.';
COMMENT ON COLUMN postern.message.owed IS
'To how many webhooks it was owed when it was published.';
COMMENT ON COLUMN postern.message.body IS
'The request''s body to the byte, the same on every attempt.';
CREATE TABLE postern.message_default PARTITION OF postern.message DEFAULT;
COMMENT ON TABLE postern.message_default IS
'Messages of days that postern.maintain() has not made ready; it moves them.';

CREATE TABLE postern.dedup (
    account_id uuid NOT NULL,
    key        text COLLATE "C" NOT NULL
        CONSTRAINT dedup_key_check CHECK (octet_length(key) BETWEEN 1 AND 256),
    message_id uuid NOT NULL,
    CONSTRAINT dedup_pkey PRIMARY KEY (account_id, key)
);
COMMENT ON TABLE postern.dedup IS
'Deduplication keys: the message that each one stands for.';
COMMENT ON COLUMN postern.dedup.account_id IS
'All zero: of publish_to_all.';

CREATE SEQUENCE postern.delivery_id;
COMMENT ON SEQUENCE postern.delivery_id IS
'Ids of deliveries, in publish order.';

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
COMMENT ON TABLE postern.fresh IS
'Deliveries that no worker has looked at, by id.';
COMMENT ON INDEX postern.fresh_ordered IS
'Is anything of an ordered webhook still here, or in the hands of another worker?';

CREATE TABLE postern.backlog (
    id         bigint      NOT NULL CONSTRAINT backlog_pkey PRIMARY KEY,
    account_id uuid        NOT NULL,
    webhook_id uuid        NOT NULL,
    message_id uuid        NOT NULL,
    ordered    boolean     NOT NULL,
    number     integer     NOT NULL,
    step       integer     NOT NULL,
    due_at     timestamptz NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 20000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 1000000,
    autovacuum_vacuum_cost_delay = 0);
CREATE INDEX backlog_due ON postern.backlog (webhook_id, due_at, id)
    WHERE NOT ordered;
CREATE INDEX backlog_ordered ON postern.backlog (webhook_id, id) WHERE ordered;
COMMENT ON TABLE postern.backlog IS
'Deliveries that wait: for their next attempt, for their webhook''s turn, or for its being enabled.';
COMMENT ON COLUMN postern.backlog.number IS
'How many attempts have been made.';
COMMENT ON COLUMN postern.backlog.step IS
'How far it is in the schedule of attempts; replay begins anew.';
COMMENT ON COLUMN postern.backlog.due_at IS
'Not before; -infinity: at once, even if the webhook is disabled.';

CREATE TABLE postern.flight (
    id          bigint      NOT NULL CONSTRAINT flight_pkey PRIMARY KEY,
    account_id  uuid        NOT NULL,
    webhook_id  uuid        NOT NULL,
    message_id  uuid        NOT NULL,
    ordered     boolean     NOT NULL,
    number      integer     NOT NULL,
    step        integer     NOT NULL,
    lease_until timestamptz NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = 1000000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 1000000,
    autovacuum_vacuum_cost_delay = 0);
CREATE INDEX flight_lease ON postern.flight (lease_until);
CREATE UNIQUE INDEX flight_ordered ON postern.flight (webhook_id) WHERE ordered;
COMMENT ON TABLE postern.flight IS
'Deliveries in a worker''s hands.';
COMMENT ON COLUMN postern.flight.number IS
'Of the attempt being made; its outcome counts only with this number.';
COMMENT ON COLUMN postern.flight.lease_until IS
'After this the worker is taken for lost, and the delivery is owed again.';
COMMENT ON INDEX postern.flight_ordered IS
'An ordered webhook has one delivery in flight.';

CREATE TABLE postern.lane (
    account_id    uuid        NOT NULL,
    webhook_id    uuid        NOT NULL,
    next_at       timestamptz NOT NULL,
    slot_at       timestamptz,
    cool_until    timestamptz,
    awaiting      boolean     NOT NULL DEFAULT false,
    failures      integer     NOT NULL DEFAULT 0,
    failing_since timestamptz,
    failed_at     timestamptz,
    CONSTRAINT lane_pkey PRIMARY KEY (account_id, webhook_id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX lane_next ON postern.lane (next_at);
COMMENT ON TABLE postern.lane IS
'Webhooks that do not simply flow: they have a backlog, or have failed since they last took a delivery.';
COMMENT ON COLUMN postern.lane.next_at IS
'When a worker is to look at its backlog next; infinity: not before something happens to it.';
COMMENT ON COLUMN postern.lane.slot_at IS
'Of a webhook with a rate: when it may be sent to next.';
COMMENT ON COLUMN postern.lane.cool_until IS
'It cools down until then; later, it has still to prove itself with one delivery. NULL: it has not failed so.';
COMMENT ON COLUMN postern.lane.awaiting IS
'One delivery is on its way, and nothing else is sent before its outcome.';
COMMENT ON COLUMN postern.lane.failures IS
'Volleys of attempts that failed, one after the other.';
COMMENT ON COLUMN postern.lane.failing_since IS
'Since when it has only failed.';
COMMENT ON COLUMN postern.lane.failed_at IS
'When a failure was last recorded; an attempt that began before it is of the same volley.';

CREATE TABLE postern.attempt (
    delivery_id bigint      NOT NULL,
    number      integer     NOT NULL,
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
CREATE INDEX attempt_webhook ON postern.attempt (webhook_id, started_at);
COMMENT ON TABLE postern.attempt IS
'One row for each request made, and for each delivery that ended without one. Partitioned by day.';
COMMENT ON COLUMN postern.attempt.verdict IS
'What the answer means; "cancelled", "expired" and "lost" had none.';
COMMENT ON COLUMN postern.attempt.outcome IS
'How the delivery ended with this; NULL: it did not, or it was replayed.';
COMMENT ON COLUMN postern.attempt.first_us IS
'Microseconds from the start to the first byte of the answer; the other times likewise.';
COMMENT ON COLUMN postern.attempt.answer IS
'The first KiB of the answer''s body.';
CREATE TABLE postern.attempt_default PARTITION OF postern.attempt DEFAULT;
COMMENT ON TABLE postern.attempt_default IS
'Attempts of days that postern.maintain() has not made ready; it moves them.';

CREATE TABLE postern.delivery_setting (
    only_row  boolean  CONSTRAINT delivery_setting_pkey PRIMARY KEY DEFAULT true
        CONSTRAINT delivery_setting_only_row_check CHECK (only_row),
    retention interval NOT NULL DEFAULT '30 days'
        CONSTRAINT delivery_setting_retention_check
            CHECK (retention BETWEEN interval '7 days' AND interval '10 years')
);
INSERT INTO postern.delivery_setting DEFAULT VALUES;
COMMENT ON TABLE postern.delivery_setting IS
'One row: how long messages and attempts are kept.';

-- The queue has no foreign keys: each is a trigger that runs for each row,
-- and webhooks and accounts are never deleted.
