-- 0005-workers.sql - which worker has what in flight, so that what one had that
-- is gone is owed again as soon as its session has ended.

CREATE TABLE postern.worker (
    number  integer     GENERATED ALWAYS AS IDENTITY
        CONSTRAINT worker_pkey PRIMARY KEY,
    pid     integer     NOT NULL DEFAULT pg_backend_pid(),
    since   timestamptz NOT NULL DEFAULT clock_timestamp(),
    lost_at timestamptz
) WITH (fillfactor = 50);

-- 0: of a session that has not signed on. What was in flight before this
-- migration is as if of such.
ALTER TABLE postern.in_flight ADD COLUMN worker integer NOT NULL DEFAULT 0;
DROP INDEX postern.in_flight_lease;
CREATE INDEX in_flight_worker ON postern.in_flight (worker, lease_until);
