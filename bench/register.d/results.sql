-- results.sql - one row for each run, and what they come to.
-- Rates are a second, latencies in microseconds.
CREATE TABLE run (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT now(),
    peer        text    NOT NULL,
    round       integer NOT NULL,
    clients     integer NOT NULL,
    loop        text    NOT NULL CHECK (loop IN ('closed', 'open')),
    target_rate float8,           -- of an open loop
    created     bigint  NOT NULL, -- 201s, or pgbench's transactions
    failed      bigint  NOT NULL, -- other answers
    unsent      bigint  NOT NULL, -- due in an open loop, no client free
    rate        float8  NOT NULL,
    p50         float8  NOT NULL,
    p99         float8  NOT NULL,
    p999        float8  NOT NULL,
    highest     float8  NOT NULL,
    stored      bigint            -- rows found afterwards; the null peer has none
);

CREATE TABLE fact (name text PRIMARY KEY, value text NOT NULL);

CREATE FUNCTION median(float8[]) RETURNS float8
LANGUAGE sql IMMUTABLE
RETURN (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x)
        FROM unnest($1) AS x);

CREATE VIEW summary AS
SELECT peer, clients, loop,
       count(*) AS rounds,
       median(array_agg(rate)) AS rate,
       min(rate) AS lowest,
       max(rate) AS highest,
       median(array_agg(p50)) AS p50,
       median(array_agg(p99)) AS p99,
       median(array_agg(p999)) AS p999
FROM run
GROUP BY peer, clients, loop;

-- At the most clients; pgbench at the number of clients that suits it best.
CREATE VIEW best AS
SELECT DISTINCT ON (peer) *
FROM summary
WHERE loop = 'closed'
  AND (peer = 'pgbench'
       OR clients = (SELECT max(clients) FROM summary WHERE peer <> 'pgbench'))
ORDER BY peer, rate DESC;

-- How many times as fast postern was, round by round: what slowed a round
-- slowed both.
CREATE VIEW paired AS
SELECT r.peer, r.clients, o.clients AS postern_clients, r.loop,
       median(array_agg(o.rate / nullif(r.rate, 0))) AS ratio
FROM run r
JOIN run o ON o.peer = 'postern' AND o.round = r.round AND o.loop = r.loop
GROUP BY r.peer, r.clients, o.clients, r.loop;
