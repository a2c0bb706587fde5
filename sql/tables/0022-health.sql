-- 0022-health.sql - how webhooks fared in the last 24 hours.

-- Of each hour, the newest first.
CREATE TABLE postern.health (
    account_id  uuid      NOT NULL,
    webhook_id  uuid      NOT NULL,
    hour        integer   NOT NULL, -- the newest, since 1970
    attempts    integer[] NOT NULL,
    taken       integer[] NOT NULL,
    last_status integer,
    last_at     timestamptz,
    CONSTRAINT health_pkey PRIMARY KEY (account_id, webhook_id),
    CONSTRAINT health_hours_check
        CHECK (cardinality(attempts) = 24 AND cardinality(taken) = 24)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
