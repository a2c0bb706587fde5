-- 0009-metrics.sql - what each process counts, and which webhooks are disabled.

\ir ../indexes/0009-metrics.sql

-- A crash empties it, and each process soon writes its row again.
CREATE UNLOGGED TABLE postern.process (
    id        uuid        CONSTRAINT process_pkey PRIMARY KEY,
    program   text        NOT NULL
        CONSTRAINT process_program_check
            CHECK (program IN ('postern-responder', 'postern-delivery')),
    host      text        NOT NULL
        CONSTRAINT process_host_check CHECK (octet_length(host) <= 255),
    pid       integer     NOT NULL,
    version   text        NOT NULL
        CONSTRAINT process_version_check CHECK (octet_length(version) <= 64),
    session   integer     NOT NULL,
    since     timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at   timestamptz NOT NULL,
    worker    integer,
    places    integer     NOT NULL,
    in_flight integer     NOT NULL,
    last_turn timestamptz NOT NULL,
    counters  text        NOT NULL
        CONSTRAINT process_counters_check CHECK (octet_length(counters) <= 131072)
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 500, toast.autovacuum_vacuum_scale_factor = 0,
    toast.autovacuum_vacuum_threshold = 500);

-- They have other arguments now.
DROP FUNCTION IF EXISTS postern.page_events(uuid, xid8, uuid, integer);
DROP FUNCTION IF EXISTS postern.choose_new(
    bigint, integer, uuid, timestamptz, uuid[], postern.rooms);
DROP FUNCTION IF EXISTS postern.claim(
    bigint, integer, interval, integer, uuid[], integer[], integer, uuid[], integer[], integer,
    integer, integer, integer[], integer, integer[], uuid[], bigint[], timestamptz[], uuid,
    timestamptz);
