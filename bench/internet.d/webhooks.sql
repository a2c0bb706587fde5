-- webhooks.sql - 1,000 accounts, and webhooks spread over them by Zipf's law.
--
-- Webhook k is at name k modulo names. Within its account it subscribes to a
-- type of its own, so that one event is one delivery, and to bench.all.
CREATE TABLE bench.account AS
SELECT r AS rank, postern.uuid7() AS id,
       sum(1.0 / r) OVER (ORDER BY r) / sum(1.0 / r) OVER () AS up_to
FROM generate_series(1, 1000) AS r;
CREATE INDEX ON bench.account (up_to);

INSERT INTO postern.account (id, name, webhook_limit)
SELECT id, 'bench-' || rank, 1000000 FROM bench.account;

CREATE FUNCTION bench.draw(n bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE
RETURN hashint8extended(n, 12) & 9223372036854775807;

CREATE TABLE bench.webhook AS
SELECT k, postern.uuid7() AS id, n.number, n.kind, n.busy, a.id AS account_id,
       row_number() OVER (PARTITION BY a.id ORDER BY k) AS turn,
       format('https://n%s.internet.test:%s/hook/%s', n.number, n.port, k)
           AS url
FROM generate_series(0, :webhooks - 1) AS k
JOIN bench.name AS n ON n.number = k % :names,
     LATERAL (SELECT id FROM bench.account
              WHERE up_to >= bench.draw(k) % 1000000 / 1000000.0
              ORDER BY up_to LIMIT 1) AS a;
INSERT INTO bench.webhook
SELECT 1000000, postern.uuid7(), n.number, n.kind, false, a.id, 1000000,
       format('https://n%s.internet.test:%s/hook/1000000', n.number, n.port)
FROM bench.name AS n, bench.account AS a
WHERE n.number = 65001 AND a.rank = 1000;

SELECT count(postern.add_event_type(name))
FROM (SELECT DISTINCT 'bench.' || turn AS name FROM bench.webhook
      UNION ALL SELECT 'bench.all') AS t;

INSERT INTO postern.webhook (account_id, id, url, canonical_url)
SELECT account_id, id, url, url FROM bench.webhook;

INSERT INTO postern.subscription (account_id, webhook_id, event_type_id)
SELECT w.account_id, w.id, t.id
FROM bench.webhook AS w
JOIN postern.event_type AS t ON t.name = 'bench.' || w.turn
UNION ALL
SELECT w.account_id, w.id, t.id
FROM bench.webhook AS w
JOIN postern.event_type AS t ON t.name = 'bench.all'
WHERE w.k < :burst;

INSERT INTO postern.secret (account_id, webhook_id, id, key_id, ephemeral,
    nonce, box)
SELECT w.account_id, w.id, postern.uuid7(), s.key_id, s.ephemeral, s.nonce,
       s.box
FROM bench.webhook AS w, (SELECT * FROM postern.secret LIMIT 1) AS s;

UPDATE postern.account AS a SET webhook_count = w.count
FROM (SELECT account_id, count(*) FROM bench.webhook GROUP BY 1) AS w
WHERE a.id = w.account_id;

-- Which one an event goes to: a tenth of them to the busy.
CREATE TABLE bench.target AS
SELECT busy, row_number() OVER (PARTITION BY busy ORDER BY k) - 1 AS i, k,
       account_id, 'bench.' || turn AS type
FROM bench.webhook WHERE k < :names;
CREATE UNIQUE INDEX ON bench.target (busy, i);
CREATE TABLE bench.target_count AS
SELECT count(*) FILTER (WHERE busy) AS busy,
       count(*) FILTER (WHERE NOT busy) AS other
FROM bench.target;

CREATE FUNCTION bench.target_of(n bigint) RETURNS bench.target
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    drawn   bigint := bench.draw(n);
    to_busy boolean;
    turn    bigint;
    found   bench.target;
BEGIN
    SELECT drawn % 10 = 0 AND c.busy > 0,
           drawn / 10 % CASE WHEN drawn % 10 = 0 AND c.busy > 0 THEN c.busy
                             ELSE c.other END
      INTO STRICT to_busy, turn FROM bench.target_count AS c;
    SELECT * INTO STRICT found FROM bench.target AS t
     WHERE t.busy = to_busy AND t.i = turn;
    RETURN found;
END
$$;

CREATE FUNCTION bench.send(n bigint) RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    target bench.target := bench.target_of(n);
BEGIN
    PERFORM postern.publish(target.account_id, target.type,
        jsonb_build_object('n', n, 'amount', '12.50', 'currency', 'EUR'));
    RETURN concat_ws(E'\t', n, target.k);
END
$$;
VACUUM ANALYZE;
