-- results.sql - what was measured, in the order in which it was.
CREATE TABLE fact (name text PRIMARY KEY, value text NOT NULL);

CREATE TABLE claim (
    build     text   NOT NULL,
    owed      bigint NOT NULL,   -- to the heavy account
    claims    bigint NOT NULL,
    p50       float8,            -- milliseconds of a claim
    p99       float8,
    highest   float8,
    published bigint NOT NULL,   -- to the quiet one
    received  bigint NOT NULL,
    late_p50  float8,            -- milliseconds from COMMIT to receipt
    late_p99  float8,
    latest    float8
);

CREATE TABLE burst (
    build text    NOT NULL,
    kind  text    NOT NULL CHECK (kind IN ('one', 'many')),
    round integer NOT NULL,      -- 0: no webhook has been tried
    rate  float8  NOT NULL,      -- deliveries a second, from COMMIT
    PRIMARY KEY (build, kind, round)
);

CREATE TABLE place (
    build  text   NOT NULL,
    shape  text   NOT NULL,
    places integer NOT NULL,
    held   float8 NOT NULL,      -- on average
    rate   float8 NOT NULL,      -- deliveries taken, a second
    PRIMARY KEY (build, shape)
);

CREATE FUNCTION median(float8[]) RETURNS float8
LANGUAGE sql IMMUTABLE
RETURN (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x)
        FROM unnest($1) AS x);

-- Compared round by round.
CREATE VIEW many_by_one AS
SELECT m.build, CASE m.round WHEN 0 THEN 'never tried' ELSE 'known' END AS webhooks,
       median(array_agg(m.rate)) AS many, median(array_agg(o.rate)) AS one,
       median(array_agg(m.rate / o.rate)) AS ratio
FROM burst AS m
JOIN burst AS o USING (build, round)
WHERE m.kind = 'many' AND o.kind = 'one'
GROUP BY m.build, m.round = 0, 2;
