-- results.sql - one row for each run, and what they come to.
-- Rates are messages a second, latencies of requests in microseconds.
CREATE TABLE run (
    id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    peer     text    NOT NULL,
    round    integer NOT NULL,
    messages integer NOT NULL, -- of a request
    clients  integer NOT NULL,
    rate     float8  NOT NULL,
    p50      float8  NOT NULL,
    p99      float8  NOT NULL
);

CREATE FUNCTION median(float8[]) RETURNS float8
LANGUAGE sql IMMUTABLE
RETURN (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x)
        FROM unnest($1) AS x);

-- How many times as fast postern was, round by round: what slowed a round
-- slowed both.
CREATE VIEW summary AS
SELECT r.messages, r.peer, r.clients, count(*) AS rounds,
       median(array_agg(r.rate)) AS rate, min(r.rate) AS lowest, max(r.rate) AS highest,
       median(array_agg(r.p50)) AS p50, median(array_agg(r.p99)) AS p99,
       median(array_agg(o.rate / nullif(r.rate, 0))) AS ratio
FROM run r
LEFT JOIN run o
  ON o.peer = 'postern' AND o.round = r.round AND o.messages = r.messages
GROUP BY r.messages, r.peer, r.clients;

-- pgbench at the number of clients that suits it best.
CREATE VIEW best AS
SELECT DISTINCT ON (messages, peer) *
FROM summary
ORDER BY messages, peer, rate DESC;
