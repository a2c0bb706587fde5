-- 0015-delivery-views.sql - what operators read about sending.

CREATE VIEW postern.messages AS
SELECT postern.message_name(m.id) AS id, m.account_id, t.name AS type, m.owed,
       m.body::json -> 'data' AS data, postern.uuid7_time(m.id) AS created_at
  FROM postern.message AS m
  JOIN postern.event_type AS t ON t.id = m.event_type_id;
COMMENT ON VIEW postern.messages IS
'Published events, and to how many webhooks each was owed; account_id is NULL for one to every account.';

CREATE VIEW postern.deliveries AS
SELECT q.id, q.webhook_id, postern.message_name(q.message_id) AS message_id,
       t.name AS type,
       CASE WHEN q.state = 'owed' AND w.state <> 'enabled'
                AND q.next_attempt_at IS DISTINCT FROM '-infinity'
            THEN 'held' ELSE q.state END AS state,
       q.attempts,
       CASE WHEN q.state = 'owed' AND w.state = 'enabled'
            THEN greatest(q.next_attempt_at, l.slot_at, l.cool_until) END
           AS next_attempt_at,
       postern.uuid7_time(q.message_id) AS created_at, q.finished_at
  FROM (SELECT f.id, f.account_id, f.webhook_id, f.message_id, 'owed' AS state,
               0 AS attempts, NULL::timestamptz AS next_attempt_at,
               NULL::timestamptz AS finished_at
          FROM postern.fresh AS f
        UNION ALL
        SELECT b.id, b.account_id, b.webhook_id, b.message_id, 'owed',
               b.number, b.due_at, NULL
          FROM postern.backlog AS b
        UNION ALL
        SELECT f.id, f.account_id, f.webhook_id, f.message_id, 'owed',
               f.number - 1, NULL, NULL
          FROM postern.flight AS f
        UNION ALL
        SELECT a.delivery_id, a.account_id, a.webhook_id, a.message_id,
               a.outcome, a.number, NULL,
               a.started_at + coalesce(a.total_us, 0) * interval '1 us'
          FROM postern.attempt AS a
         WHERE a.outcome IS NOT NULL) AS q
  LEFT JOIN postern.webhook AS w
    ON w.account_id = q.account_id AND w.id = q.webhook_id
  LEFT JOIN postern.lane AS l
    ON l.account_id = q.account_id AND l.webhook_id = q.webhook_id
  LEFT JOIN postern.message AS m ON m.id = q.message_id
  LEFT JOIN postern.event_type AS t ON t.id = m.event_type_id;
COMMENT ON VIEW postern.deliveries IS
'Each message to each of its webhooks: owed, held (owed, but the webhook is disabled), sent, failed or cancelled. attempts are those that are over. next_attempt_at is NULL when it can go at once.';

CREATE VIEW postern.attempts AS
SELECT a.delivery_id, a.webhook_id, a.number, a.started_at,
       a.total_us * interval '1 us' AS duration, a.status,
       coalesce(a.error, CASE WHEN a.verdict <> 'delivered'
           THEN 'it answered ' || a.status END) AS error,
       postern.message_name(a.message_id) AS message_id, a.verdict,
       a.name_us * interval '1 us' AS name_found,
       a.connect_us * interval '1 us' AS connected,
       a.tls_us * interval '1 us' AS tls_agreed,
       a.first_us * interval '1 us' AS first_byte,
       a.peer, a.tls,
       replace(encode(a.answer, 'escape'), '\015\012', E'\n') AS answer
  FROM postern.attempt AS a
 WHERE a.verdict NOT IN ('cancelled', 'expired');
COMMENT ON VIEW postern.attempts IS
'Each request that was made: when, what came of it, and how far it got, in time from its start. answer is the first KiB of the answer''s body, other bytes than ASCII as \nnn.';

CREATE VIEW postern.oldest_owed AS
SELECT w.id AS webhook_id, w.account_id, w.url, w.state, o.owed,
       o.oldest AS oldest_delivery, postern.uuid7_time(o.message) AS since,
       l.failing_since, l.cool_until
  FROM (SELECT q.account_id, q.webhook_id, count(*) AS owed,
               min(q.id) AS oldest,
               min(q.message_id::text)::uuid AS message
          FROM (SELECT f.account_id, f.webhook_id, f.id, f.message_id
                  FROM postern.fresh AS f
                UNION ALL
                SELECT b.account_id, b.webhook_id, b.id, b.message_id
                  FROM postern.backlog AS b
                UNION ALL
                SELECT f.account_id, f.webhook_id, f.id, f.message_id
                  FROM postern.flight AS f) AS q
         GROUP BY q.account_id, q.webhook_id) AS o
  JOIN postern.webhook AS w
    ON w.account_id = o.account_id AND w.id = o.webhook_id
  LEFT JOIN postern.lane AS l
    ON l.account_id = o.account_id AND l.webhook_id = o.webhook_id
 ORDER BY since;
COMMENT ON VIEW postern.oldest_owed IS
'For each webhook with deliveries owed: how many, the oldest, and since when it fails or until when it cools. Oldest first.';

CREATE VIEW postern.failures AS
SELECT a.verdict, a.status,
       coalesce(a.error, 'it answered ' || a.status) AS reason,
       count(*) AS attempts, count(DISTINCT a.webhook_id) AS webhooks,
       max(a.started_at) AS last_at
  FROM postern.attempt AS a
 WHERE a.verdict NOT IN ('delivered', 'cancelled')
   AND a.started_at > now() - interval '1 day'
 GROUP BY a.verdict, a.status, a.error
 ORDER BY attempts DESC;
COMMENT ON VIEW postern.failures IS
'Why attempts of the last day failed, by count.';

CREATE VIEW postern.delivery_status AS
SELECT (SELECT count(*) FROM postern.fresh) AS fresh,
       (SELECT count(*) FROM postern.flight) AS in_flight,
       (SELECT count(*) FROM postern.backlog) AS waiting,
       (SELECT count(*)
          FROM postern.lane AS l WHERE l.cool_until > now()) AS cooling,
       (SELECT count(*)
          FROM postern.webhook AS w WHERE w.state <> 'enabled') AS disabled,
       a.attempts AS attempts_last_hour, a.sent AS sent_last_hour,
       a.failed AS failed_last_hour, a.median AS median_last_hour
  FROM (SELECT count(*) FILTER (WHERE a.total_us IS NOT NULL) AS attempts,
               count(*) FILTER (WHERE a.verdict = 'delivered') AS sent,
               count(*) FILTER (WHERE a.outcome = 'failed') AS failed,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY a.total_us)
                   * interval '1 us' AS median
          FROM postern.attempt AS a
         WHERE a.started_at > now() - interval '1 hour') AS a;
COMMENT ON VIEW postern.delivery_status IS
'One row: how sending goes. fresh, in_flight and waiting are deliveries owed; cooling and disabled are webhooks; the rest is of the last hour, failed meaning for good.';

GRANT SELECT ON postern.messages, postern.deliveries, postern.attempts,
    postern.oldest_owed, postern.failures, postern.delivery_status
    TO postern_admin;
