-- results.sql - one row for each run, and what they come to.
CREATE TABLE run (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT now(),
    peer       text    NOT NULL,
    round      integer NOT NULL,
    owed       bigint  NOT NULL, -- besides, not due
    rate       float8  NOT NULL, -- deliveries a second
    failed     bigint  NOT NULL,
    repeats    bigint,
    memory_kib bigint,           -- resident at most
    cpu        float8,           -- seconds for 100,000 deliveries
    pg_cpu     float8            -- the same of PostgreSQL
);

CREATE TABLE latency (
    peer      text   NOT NULL,
    kind      text   NOT NULL CHECK (kind IN ('idle', 'half')),
    rate      float8 NOT NULL,   -- publishes a second
    published bigint NOT NULL,
    received  bigint NOT NULL,
    p50       float8,            -- milliseconds from COMMIT to receipt
    p99       float8,
    highest   float8,
    PRIMARY KEY (peer, kind)
);

CREATE TABLE idle (
    peer         text PRIMARY KEY,
    transactions float8 NOT NULL -- a second
);

CREATE TABLE publishing (
    function text    NOT NULL,   -- publish, or publish_silent: it wakes nobody
    round    integer NOT NULL,
    rate     float8  NOT NULL,   -- publishes a second, of all clients
    PRIMARY KEY (function, round)
);

CREATE TABLE fact (name text PRIMARY KEY, value text NOT NULL);

CREATE FUNCTION median(float8[]) RETURNS float8
LANGUAGE sql IMMUTABLE
RETURN (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x)
        FROM unnest($1) AS x);

CREATE VIEW summary AS
SELECT peer, owed, count(*) AS rounds,
       median(array_agg(rate)) AS rate, min(rate) AS lowest,
       max(rate) AS highest, max(memory_kib) AS memory_kib,
       median(array_agg(cpu)) AS cpu, median(array_agg(pg_cpu)) AS pg_cpu
FROM run
GROUP BY peer, owed;

-- The two of a round follow each other closely, so they are compared by round.
CREATE VIEW waking AS
SELECT median(array_agg(w.rate)) AS publish,
       median(array_agg(s.rate)) AS publish_silent,
       median(array_agg(w.rate / s.rate)) AS ratio
FROM publishing AS w
JOIN publishing AS s
  ON s.round = w.round AND s.function = 'publish_silent'
WHERE w.function = 'publish';
