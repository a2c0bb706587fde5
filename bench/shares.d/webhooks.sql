-- webhooks.sql - the accounts of the bench, and their webhooks.
--
-- one has many webhooks, each with an event type of its own; many are accounts
-- with a webhook each; heavy has webhooks that never answer; place are accounts
-- with a webhook each that answers after a while; quiet has one.
CREATE SCHEMA bench;
CREATE TABLE bench.account AS
SELECT kind, n, postern.uuid7() AS id
FROM (SELECT unnest('{one,heavy,quiet}'::text[]) AS kind, 1 AS n
      UNION ALL SELECT 'many', generate_series(1, :webhooks)
      UNION ALL SELECT 'place', generate_series(1, :places)) AS k;

INSERT INTO postern.account (id, name, webhook_limit)
SELECT id, concat_ws('-', 'bench', kind, n), 1000000 FROM bench.account;

CREATE TABLE bench.webhook AS
SELECT a.kind, k, postern.uuid7() AS id, a.id AS account_id,
       format(CASE a.kind WHEN 'heavy' THEN '%1$s/hang/%3$s/%4$s'
                          WHEN 'place' THEN '%1$s/wait/%5$s/%3$s/%4$s'
                          ELSE '%2$s%3$s/%4$s' END,
           :'slow', :'sink', a.kind, greatest(a.n, k), :wait) AS url
FROM bench.account AS a,
     generate_series(1, CASE a.kind WHEN 'one' THEN :webhooks
                                    WHEN 'heavy' THEN :hanging ELSE 1 END) AS k;

SELECT count(postern.add_event_type('bench.' || k))
FROM generate_series(0, :webhooks) AS k;

INSERT INTO postern.webhook (account_id, id, url, canonical_url)
SELECT account_id, id, url, url FROM bench.webhook;

INSERT INTO postern.subscription (account_id, webhook_id, event_type_id)
SELECT w.account_id, w.id, t.id
FROM bench.webhook AS w
JOIN postern.event_type AS t
  ON t.name = 'bench.' || CASE w.kind WHEN 'one' THEN w.k ELSE 0 END;

INSERT INTO postern.secret (account_id, webhook_id, id, key_id, ephemeral,
    nonce, box)
SELECT w.account_id, w.id, postern.uuid7(), s.key_id, s.ephemeral, s.nonce,
       s.box
FROM bench.webhook AS w, (SELECT * FROM postern.secret LIMIT 1) AS s;

UPDATE postern.account AS a SET webhook_count = w.count
FROM (SELECT account_id, count(*) FROM bench.webhook GROUP BY 1) AS w
WHERE a.id = w.account_id;

-- One delivery to each webhook of the one, or of the many.
CREATE FUNCTION bench.publish_to(which text) RETURNS bigint
LANGUAGE sql AS $$
    SELECT count(postern.publish(w.account_id,
               'bench.' || CASE which WHEN 'one' THEN w.k ELSE 0 END,
               '{"amount": "12.50", "currency": "EUR"}'))
      FROM bench.webhook AS w WHERE w.kind = which
$$;

-- So many messages to each webhook of a kind, straight into the queue.
CREATE FUNCTION bench.owe(which text, messages bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    ordered boolean := EXISTS (
        SELECT FROM pg_attribute
         WHERE attrelid = 'postern.fresh'::regclass AND attname = 'ordered'
           AND NOT attisdropped);
BEGIN
    CREATE TEMPORARY TABLE new ON COMMIT DROP AS
    SELECT postern.uuid7() AS id FROM generate_series(1, messages);
    INSERT INTO postern.message (id, event_type_id, owed, body)
    SELECT n.id, (SELECT t.id FROM postern.event_type AS t
                   WHERE t.name = 'bench.0'), 1,
           '{"type":"bench.0","data":{"amount":"12.50","currency":"EUR"}}'
      FROM new AS n;
    EXECUTE format('INSERT INTO postern.fresh (account_id, webhook_id,
            message_id%s)
        SELECT w.account_id, w.id, n.id%s
          FROM new AS n CROSS JOIN bench.webhook AS w
         WHERE w.kind = %L', CASE WHEN ordered THEN ', ordered' END,
        CASE WHEN ordered THEN ', false' END, which);
END
$$;
VACUUM ANALYZE;
