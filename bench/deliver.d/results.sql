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

-- What belongs to a round follows closely, so it is compared by round.
CREATE VIEW summary AS
SELECT r.peer, r.owed, count(*) AS rounds,
       median(array_agg(r.rate)) AS rate, min(r.rate) AS lowest,
       max(r.rate) AS highest, max(r.memory_kib) AS memory_kib,
       median(array_agg(r.cpu)) AS cpu, median(array_agg(r.pg_cpu)) AS pg_cpu,
       median(array_agg(p.rate / nullif(r.rate, 0))) AS postern_is
FROM run AS r
LEFT JOIN run AS p
  ON p.peer = 'postern' AND p.owed = r.owed AND p.round = r.round
GROUP BY r.peer, r.owed;

CREATE VIEW waking AS
SELECT median(array_agg(w.rate)) AS publish,
       median(array_agg(s.rate)) AS publish_silent,
       median(array_agg(w.rate / s.rate)) AS ratio
FROM publishing AS w
JOIN publishing AS s
  ON s.round = w.round AND s.function = 'publish_silent'
WHERE w.function = 'publish';
