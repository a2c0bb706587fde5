-- views.sql - what operators read.
--
-- Replaced in place at every install, so that what is granted on them and what
-- is built on them stays. PostgreSQL lets that add columns at the end; a view
-- that changes in any other way is dropped by a file of tables/.

-- Webhooks and their events --------------------------------------------------

CREATE OR REPLACE VIEW postern.event_types AS
SELECT t.name, t.description, t.created_at, t.json_schema, t.example, t.archived_at
  FROM postern.event_type AS t
 WHERE t.kind IN ('type', 'notice');
COMMENT ON VIEW postern.event_types IS
'The kinds of event that webhooks may subscribe to.';
COMMENT ON COLUMN postern.event_types.name IS 'what webhooks and publish call it';
COMMENT ON COLUMN postern.event_types.description IS 'as given to add_event_type';
COMMENT ON COLUMN postern.event_types.created_at IS 'when it was added';
COMMENT ON COLUMN postern.event_types.json_schema IS 'as given to add_event_type';
COMMENT ON COLUMN postern.event_types.example IS 'as given to add_event_type';
COMMENT ON COLUMN postern.event_types.archived_at IS
'when archive_event_type ended it; NULL: it is in use';

CREATE OR REPLACE VIEW postern.webhooks AS
SELECT w.id, w.account_id,
       CASE WHEN (SELECT s.whole FROM postern.sight AS s) THEN w.url
            ELSE split_part(w.url, '?', 1) END AS url,
       ARRAY(SELECT t.name::text
               FROM postern.subscription AS s
               JOIN postern.event_type AS t ON t.id = s.event_type_id
              WHERE s.account_id = w.account_id AND s.webhook_id = w.id
              ORDER BY t.name) AS events,
       w.state, w.reason, w.created_at, w.updated_at,
       w.description, w.rate, w.ordered, w.max_in_flight,
       w.timeout * interval '1 s' AS timeout,
       CASE WHEN w.retry_schedule IS NOT NULL THEN ARRAY(
           SELECT d.seconds * interval '1 s'
             FROM unnest(w.retry_schedule) WITH ORDINALITY AS d (seconds, n)
            ORDER BY d.n) END AS retry_schedule,
       (SELECT f.expression
          FROM postern.webhook_filter AS f
         WHERE f.account_id = w.account_id AND f.webhook_id = w.id
           AND (SELECT s.whole FROM postern.sight AS s)) AS filter
  FROM postern.webhook AS w
 WHERE w.state <> 'deleted';
COMMENT ON VIEW postern.webhooks IS
'Webhooks: where each goes, what it receives, whether it is enabled or disabled and why.';
COMMENT ON COLUMN postern.webhooks.id IS 'for disable_webhook, replay and others';
COMMENT ON COLUMN postern.webhooks.account_id IS 'the account it belongs to';
COMMENT ON COLUMN postern.webhooks.url IS
'where it goes, as the client wrote it; a viewer does not see the query';
COMMENT ON COLUMN postern.webhooks.events IS 'the types, and patterns of types, it subscribes to';
COMMENT ON COLUMN postern.webhooks.state IS 'enabled or disabled';
COMMENT ON COLUMN postern.webhooks.reason IS 'why it is disabled';
COMMENT ON COLUMN postern.webhooks.created_at IS 'when it was registered first';
COMMENT ON COLUMN postern.webhooks.updated_at IS
'when it was last registered, changed, disabled or enabled';
COMMENT ON COLUMN postern.webhooks.description IS 'its account''s own note';
COMMENT ON COLUMN postern.webhooks.rate IS 'requests a second at most: set_rate; NULL: no limit';
COMMENT ON COLUMN postern.webhooks.ordered IS
'whether it is sent one delivery at a time, in publish order: set_ordered';
COMMENT ON COLUMN postern.webhooks.max_in_flight IS
'requests at one time at most, in each worker: set_max_in_flight; NULL: as many as it takes';
COMMENT ON COLUMN postern.webhooks.timeout IS
'how long an attempt may take: set_timeout; NULL: 15 s';
COMMENT ON COLUMN postern.webhooks.retry_schedule IS
'the delays between attempts: set_retry_schedule; NULL: as delivery_settings has them';
COMMENT ON COLUMN postern.webhooks.filter IS
'which data it takes; NULL: any; a viewer does not see it';

-- Keys -----------------------------------------------------------------------

CREATE OR REPLACE VIEW postern.sealing_keys AS
SELECT encode(k.id, 'hex') AS id,
       CASE WHEN k.retired_at IS NULL THEN 'in use' ELSE 'retired' END AS state,
       (SELECT count(*) FROM postern.secret AS s WHERE s.key_id = k.id)
           + (SELECT count(*) FROM postern.webhook_headers AS h WHERE h.key_id = k.id)
           AS secrets,
       encode(k.public_key, 'base64') AS public_key, k.added_at, k.retired_at
  FROM postern.sealing_key AS k;
COMMENT ON VIEW postern.sealing_keys IS
'The keys that secrets and headers are sealed for, and how many still need each.';
COMMENT ON COLUMN postern.sealing_keys.id IS 'for retire_sealing_key';
COMMENT ON COLUMN postern.sealing_keys.state IS 'in use or retired';
COMMENT ON COLUMN postern.sealing_keys.secrets IS
'how many secrets, and webhooks'' headers, need it; at 0 its private half can be deleted';
COMMENT ON COLUMN postern.sealing_keys.public_key IS '32 bytes in base64';
COMMENT ON COLUMN postern.sealing_keys.added_at IS 'when it was added first';
COMMENT ON COLUMN postern.sealing_keys.retired_at IS 'when it was retired';

CREATE OR REPLACE VIEW postern.signing_keys AS
SELECT encode(k.id, 'hex') AS id,
       CASE WHEN k.retired_at IS NOT NULL THEN 'retired'
            WHEN row_number() OVER (PARTITION BY k.retired_at IS NULL
                                    ORDER BY k.added_at, k.id) = 1
            THEN 'current' ELSE 'next' END AS state,
       'whpk_' || encode(k.public_key, 'base64') AS public_key,
       k.added_at, k.retired_at, k.published_until
  FROM postern.signing_key AS k;
COMMENT ON VIEW postern.signing_keys IS
'The platform''s keys that deliveries are signed with: the current, the next while they
rotate, and those retired.';
COMMENT ON COLUMN postern.signing_keys.id IS 'for retire_signing_key';
COMMENT ON COLUMN postern.signing_keys.state IS 'current, next or retired';
COMMENT ON COLUMN postern.signing_keys.public_key IS
'as receivers get it: whpk_ and 32 bytes in base64';
COMMENT ON COLUMN postern.signing_keys.added_at IS 'when it was added, or brought back';
COMMENT ON COLUMN postern.signing_keys.retired_at IS 'when it was retired';
COMMENT ON COLUMN postern.signing_keys.published_until IS
'until when receivers still find a retired one';

-- Sending --------------------------------------------------------------------

CREATE OR REPLACE VIEW postern.messages AS
SELECT postern.message_name(m.id) AS id, m.account_id, t.name AS type, m.owed,
       -- Cut out, as a json's members cannot be had if any has a \u0000.
       CASE WHEN (SELECT s.whole FROM postern.sight AS s) AND m.erased_at IS NULL
            THEN substr(m.body, position('"data":' IN m.body) + 7,
                length(m.body) - position('"data":' IN m.body) - 7)::json END
           AS data, postern.uuid7_time(m.id) AS created_at,
       m.traceparent, m.erased_at
  FROM postern.message AS m
  JOIN postern.event_type AS t ON t.id = m.event_type_id;
COMMENT ON VIEW postern.messages IS
'Published events, and to how many webhooks each was owed; account_id is NULL for one to every
account.';
COMMENT ON COLUMN postern.messages.id IS
'as publish returned it; receivers have it as webhook-id';
COMMENT ON COLUMN postern.messages.account_id IS
'the account it was published to; NULL: every account';
COMMENT ON COLUMN postern.messages.type IS 'the event type';
COMMENT ON COLUMN postern.messages.owed IS 'to how many webhooks it was owed';
COMMENT ON COLUMN postern.messages.data IS 'as given to publish; not for a viewer';
COMMENT ON COLUMN postern.messages.created_at IS 'when it was published';
COMMENT ON COLUMN postern.messages.erased_at IS
'when erase_message took its data away; NULL: it has it';
COMMENT ON COLUMN postern.messages.traceparent IS
'the trace and the span that published it, or asked for a test; NULL: none';

CREATE OR REPLACE VIEW postern.owed AS
SELECT f.id, f.account_id, f.webhook_id, f.message_id, 0 AS attempts,
       NULL::timestamptz AS due_at
  FROM postern.fresh AS f
UNION ALL
SELECT b.id, b.account_id, b.webhook_id, b.message_id, b.attempt_no, b.due_at
  FROM postern.backlog AS b
UNION ALL
SELECT f.id, f.account_id, f.webhook_id, f.message_id, f.attempt_no - 1, NULL
  FROM postern.in_flight AS f;
COMMENT ON VIEW postern.owed IS
'Deliveries that are owed, wherever they are: what other views are made of.';
COMMENT ON COLUMN postern.owed.id IS 'the delivery';
COMMENT ON COLUMN postern.owed.account_id IS 'the account of its webhook';
COMMENT ON COLUMN postern.owed.webhook_id IS 'the webhook it goes to';
COMMENT ON COLUMN postern.owed.message_id IS 'the message it carries';
COMMENT ON COLUMN postern.owed.attempts IS 'how many attempts are over';
COMMENT ON COLUMN postern.owed.due_at IS 'not before; NULL: at once, or it is in flight';

CREATE OR REPLACE VIEW postern.deliveries AS
SELECT q.id, q.webhook_id, postern.message_name(q.message_id) AS message_id,
       t.name AS type,
       CASE WHEN q.state = 'owed' AND w.state <> 'enabled'
                AND q.next_attempt_at IS DISTINCT FROM '-infinity'
            THEN 'held' ELSE q.state END AS state,
       q.attempts,
       CASE WHEN q.state = 'owed' AND w.state = 'enabled'
            THEN greatest(q.next_attempt_at, l.rate_next_at, l.cool_until) END
           AS next_attempt_at,
       postern.uuid7_time(q.message_id) AS created_at, q.finished_at
  FROM (SELECT o.id, o.account_id, o.webhook_id, o.message_id, 'owed' AS state,
               o.attempts, o.due_at AS next_attempt_at,
               NULL::timestamptz AS finished_at
          FROM postern.owed AS o
        UNION ALL
        SELECT a.delivery_id, a.account_id, a.webhook_id, a.message_id,
               a.outcome, a.attempt_no, NULL,
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
'Each message to each of its webhooks: owed, held (owed, but the webhook is disabled), sent,
failed or cancelled. attempts counts those that are over. next_attempt_at is NULL when it can
go at once.';
COMMENT ON COLUMN postern.deliveries.id IS 'for replay and cancel';
COMMENT ON COLUMN postern.deliveries.webhook_id IS 'the webhook it goes to';
COMMENT ON COLUMN postern.deliveries.message_id IS 'the message it carries';
COMMENT ON COLUMN postern.deliveries.type IS 'the message''s event type';
COMMENT ON COLUMN postern.deliveries.state IS 'owed, held, sent, failed or cancelled';
COMMENT ON COLUMN postern.deliveries.attempts IS 'how many attempts are over';
COMMENT ON COLUMN postern.deliveries.next_attempt_at IS
'not before; NULL: at once, or there is no next attempt';
COMMENT ON COLUMN postern.deliveries.created_at IS 'when its message was published';
COMMENT ON COLUMN postern.deliveries.finished_at IS 'when it was sent, failed or cancelled';

CREATE OR REPLACE VIEW postern.attempts AS
SELECT a.delivery_id, a.webhook_id, a.attempt_no AS number, a.started_at,
       a.total_us * interval '1 us' AS duration, a.status,
       coalesce(a.error, CASE WHEN a.verdict <> 'delivered'
           THEN 'it answered ' || a.status END) AS error,
       postern.message_name(a.message_id) AS message_id, a.verdict,
       a.name_us * interval '1 us' AS name_found,
       a.connect_us * interval '1 us' AS connected,
       a.tls_us * interval '1 us' AS tls_agreed,
       a.first_us * interval '1 us' AS first_byte,
       a.peer, a.tls,
       CASE WHEN (SELECT s.whole FROM postern.sight AS s)
            THEN replace(encode(a.answer, 'escape'), E'\r\n', E'\n') END AS answer,
       CASE WHEN (SELECT s.whole FROM postern.sight AS s)
            THEN encode(a.answer_headers, 'escape') END AS answer_headers
  FROM postern.attempt AS a
 WHERE a.verdict NOT IN ('cancelled', 'expired');
COMMENT ON VIEW postern.attempts IS
'Each request that was made: when, its result, and how far it got, as times from its start.
A time is NULL when it did not get so far, and those before first_byte when an earlier
request''s connection was used. answer is the first KiB of the answer''s body, other bytes than
ASCII as \nnn.';
COMMENT ON COLUMN postern.attempts.delivery_id IS 'the delivery it was made for';
COMMENT ON COLUMN postern.attempts.webhook_id IS 'the webhook it went to';
COMMENT ON COLUMN postern.attempts.number IS '1 for the first';
COMMENT ON COLUMN postern.attempts.started_at IS 'when the worker began';
COMMENT ON COLUMN postern.attempts.duration IS
'until the answer was complete or the worker gave up';
COMMENT ON COLUMN postern.attempts.status IS 'HTTP status; NULL: no answer';
COMMENT ON COLUMN postern.attempts.error IS 'what went wrong; NULL: nothing';
COMMENT ON COLUMN postern.attempts.message_id IS 'the message it carried';
COMMENT ON COLUMN postern.attempts.verdict IS 'what the worker made of the answer';
COMMENT ON COLUMN postern.attempts.name_found IS
'from the start until the host name was resolved; NULL, too, when the URL has an address';
COMMENT ON COLUMN postern.attempts.connected IS 'from the start until the connection was made';
COMMENT ON COLUMN postern.attempts.tls_agreed IS
'from the start until the TLS handshake was done';
COMMENT ON COLUMN postern.attempts.first_byte IS 'from the start until the answer began';
COMMENT ON COLUMN postern.attempts.peer IS 'the address it went to';
COMMENT ON COLUMN postern.attempts.tls IS 'the version of TLS';
COMMENT ON COLUMN postern.attempts.answer IS
'the first KiB of the answer''s body; not for a viewer';
COMMENT ON COLUMN postern.attempts.answer_headers IS
'its headers, a line each, but Set-Cookie, and of more than 2 KiB those that fit; not for a viewer';

CREATE OR REPLACE VIEW postern.oldest_owed AS
SELECT w.id AS webhook_id, w.account_id,
       CASE WHEN (SELECT s.whole FROM postern.sight AS s) THEN w.url
            ELSE split_part(w.url, '?', 1) END AS url, w.state, o.owed,
       o.oldest AS oldest_delivery, postern.uuid7_time(o.message) AS since,
       l.failing_since, l.cool_until
  FROM (SELECT q.account_id, q.webhook_id, count(*) AS owed,
               min(q.id) AS oldest,
               min(q.message_id::text)::uuid AS message
          FROM postern.owed AS q
         GROUP BY q.account_id, q.webhook_id) AS o
  JOIN postern.webhook AS w
    ON w.account_id = o.account_id AND w.id = o.webhook_id
       AND w.state <> 'deleted'
  LEFT JOIN postern.lane AS l
    ON l.account_id = o.account_id AND l.webhook_id = o.webhook_id
 ORDER BY since;
COMMENT ON VIEW postern.oldest_owed IS
'For each webhook with deliveries owed: how many, the oldest, since when the webhook fails and
until when it cools down. The oldest comes first. It counts all that is owed, which takes a
second for each million: postern.metrics() and worst_webhooks do not.';
COMMENT ON COLUMN postern.oldest_owed.webhook_id IS 'the webhook';
COMMENT ON COLUMN postern.oldest_owed.account_id IS 'the account it belongs to';
COMMENT ON COLUMN postern.oldest_owed.url IS 'where it goes; as in webhooks';
COMMENT ON COLUMN postern.oldest_owed.state IS 'enabled or disabled';
COMMENT ON COLUMN postern.oldest_owed.owed IS 'how many deliveries it is owed';
COMMENT ON COLUMN postern.oldest_owed.oldest_delivery IS 'the first of them';
COMMENT ON COLUMN postern.oldest_owed.since IS 'when that one''s message was published';
COMMENT ON COLUMN postern.oldest_owed.failing_since IS
'the first failure since its last success';
COMMENT ON COLUMN postern.oldest_owed.cool_until IS 'nothing is sent before this time';

CREATE OR REPLACE VIEW postern.failures AS
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
'Why attempts of the last day failed, the most frequent reason first.';
COMMENT ON COLUMN postern.failures.verdict IS 'what the worker made of the answers';
COMMENT ON COLUMN postern.failures.status IS 'HTTP status; NULL: no answer';
COMMENT ON COLUMN postern.failures.reason IS 'what went wrong';
COMMENT ON COLUMN postern.failures.attempts IS 'how many attempts failed so';
COMMENT ON COLUMN postern.failures.webhooks IS 'of how many webhooks';
COMMENT ON COLUMN postern.failures.last_at IS 'when the last of them began';

CREATE OR REPLACE VIEW postern.shares AS
SELECT a.id AS account_id, a.name, a.share, l.in_flight,
       postern.count_waiting(a.id, 10000) AS waiting,
       l.attempts AS attempts_last_minute,
       round(l.places, 1) AS places_last_minute,
       CASE WHEN l.since IS NOT NULL
            THEN greatest(now() - l.since, interval '0') END AS longest_wait
  FROM postern.account_load() AS l
  JOIN postern.account AS a ON a.id = l.account_id
 WHERE l.in_flight > 0 OR l.waiting > 0 OR l.attempts > 0
 ORDER BY l.places DESC, l.in_flight DESC, l.since, a.id;
COMMENT ON VIEW postern.shares IS
'Accounts that have something in flight, wait, or had something in the last minute; whoever had
most places comes first. It may be read at any time: no pile is counted to its end.';
COMMENT ON COLUMN postern.shares.account_id IS 'the account';
COMMENT ON COLUMN postern.shares.name IS 'as given to create_account';
COMMENT ON COLUMN postern.shares.share IS
'so many times what an account of share 1 may have: set_share';
COMMENT ON COLUMN postern.shares.in_flight IS
'deliveries that a worker has: they are being sent, or lined up to be';
COMMENT ON COLUMN postern.shares.waiting IS
'deliveries that are owed, not held, and no worker has; 10000: so many or more';
COMMENT ON COLUMN postern.shares.attempts_last_minute IS
'requests that began in the last minute and are over';
COMMENT ON COLUMN postern.shares.places_last_minute IS
'how many places these were in at one time, on average over the minute';
COMMENT ON COLUMN postern.shares.longest_wait IS
'how long the oldest delivery that could go now has waited for it; NULL: none could';

CREATE OR REPLACE VIEW postern.delivery_status AS
SELECT (SELECT count(*) FROM postern.fresh) AS fresh,
       (SELECT count(*) FROM postern.in_flight) AS in_flight,
       (SELECT count(*) FROM postern.backlog) AS waiting,
       (SELECT count(*)
          FROM postern.lane AS l WHERE l.cool_until > now()) AS cooling,
       (SELECT count(*)
          FROM postern.webhook AS w WHERE w.state = 'disabled') AS disabled,
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
'One row with the state of sending. fresh, in_flight and waiting count deliveries owed;
cooling and disabled count webhooks; the others are about the last hour. It counts all of them,
which takes a second for each few millions: postern.metrics() does not.';
COMMENT ON COLUMN postern.delivery_status.fresh IS 'owed, and not looked at yet';
COMMENT ON COLUMN postern.delivery_status.in_flight IS
'a worker has them: they are being sent, or lined up to be';
COMMENT ON COLUMN postern.delivery_status.waiting IS 'owed at a later time, or held';
COMMENT ON COLUMN postern.delivery_status.cooling IS
'webhooks that are sent nothing for a while after a failure';
COMMENT ON COLUMN postern.delivery_status.disabled IS 'webhooks that are sent nothing';
COMMENT ON COLUMN postern.delivery_status.attempts_last_hour IS 'requests made';
COMMENT ON COLUMN postern.delivery_status.sent_last_hour IS 'of these, taken by the receiver';
COMMENT ON COLUMN postern.delivery_status.failed_last_hour IS 'deliveries that failed for good';
COMMENT ON COLUMN postern.delivery_status.median_last_hour IS
'the time that half of the attempts took at most';

CREATE OR REPLACE VIEW postern.tasks AS
SELECT t.id, nullif(t.account_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff') AS account_id,
       CASE WHEN t.kind NOT IN ('erase', 'forget') THEN t.webhook_id END AS webhook_id,
       t.kind, t.deliveries, t.created_at, t.ended_at
  FROM postern.task AS t;
COMMENT ON VIEW postern.tasks IS
'What a worker does in steps because it takes long, and what was done so within the last day.';
COMMENT ON COLUMN postern.tasks.id IS 'as the notice or the API said';
COMMENT ON COLUMN postern.tasks.account_id IS 'whose it is; NULL: of all accounts';
COMMENT ON COLUMN postern.tasks.webhook_id IS
'the webhook whose deliveries they are; NULL: of all webhooks';
COMMENT ON COLUMN postern.tasks.kind IS
'replay; cancel; reorder, after set_ordered; drop and scrub, after the webhook was deleted;
forget, by erase_message; erase, by delete_account';
COMMENT ON COLUMN postern.tasks.deliveries IS
'how many have been sent again or cancelled so far';
COMMENT ON COLUMN postern.tasks.created_at IS 'when it began';
COMMENT ON COLUMN postern.tasks.ended_at IS 'when it was done; NULL: it goes on';

-- This very interface --------------------------------------------------------

CREATE OR REPLACE VIEW postern.manual AS
SELECT p.proname || '(' || pg_get_function_arguments(p.oid) || ')'
           || CASE WHEN p.prorettype = 'void'::regtype THEN ''
              ELSE ' -> ' || pg_get_function_result(p.oid) END AS function,
       obj_description(p.oid, 'pg_proc') AS description
  FROM pg_proc AS p
 WHERE p.pronamespace = 'postern'::regnamespace
   AND has_function_privilege('postern_admin', p.oid, 'EXECUTE')
 ORDER BY p.proname, p.pronargs, p.oid;
COMMENT ON VIEW postern.manual IS
'The functions that administer Postern, and what each does.';
COMMENT ON COLUMN postern.manual.function IS 'its name, arguments and, after ->, its result';
COMMENT ON COLUMN postern.manual.description IS 'what it does and which errors it raises';

-- The feed -------------------------------------------------------------------

CREATE OR REPLACE VIEW postern.feed_held AS
WITH granted AS MATERIALIZED (
    SELECT k.* FROM pg_locks AS k
     WHERE k.granted AND k.locktype IN ('advisory', 'relation')
       AND k.database = (SELECT d.oid FROM pg_database AS d
                          WHERE d.datname = current_database())
)
SELECT k.pid, (k.classid::bigint & 65535) << 32 | k.objid::bigint AS place
  FROM granted AS k
 WHERE k.locktype = 'advisory' AND k.objsubid = 1
   -- The range that feed_locks() begins.
   AND k.classid::bigint >> 16 = 28783
   -- Anybody may have such a lock. Who is given places has that of the sequence, too.
   AND EXISTS (
       SELECT FROM granted AS s
        WHERE s.relation = 'postern.feed'::regclass
          AND s.virtualtransaction = k.virtualtransaction);
COMMENT ON VIEW postern.feed_held IS
'The locks of transactions that have published and are not over.';
COMMENT ON COLUMN postern.feed_held.pid IS 'NULL: the transaction is prepared';
COMMENT ON COLUMN postern.feed_held.place IS 'lower than the places of all its messages';

CREATE OR REPLACE VIEW postern.publishing AS
SELECT h.pid, a.usename AS username, a.application_name AS application,
       a.xact_start AS since, min(h.place) + 1 AS place
  FROM postern.feed_held AS h
  LEFT JOIN pg_stat_activity AS a ON a.pid = h.pid
 GROUP BY h.pid, a.usename, a.application_name, a.xact_start;
COMMENT ON VIEW postern.publishing IS
'The transactions that have published and are not over. GET /v1/events shows what comes before the
lowest place of any.';
COMMENT ON COLUMN postern.publishing.pid IS
'the server''s process: see pg_stat_activity; NULL: a prepared one, see pg_prepared_xacts';
COMMENT ON COLUMN postern.publishing.username IS 'whose session it is';
COMMENT ON COLUMN postern.publishing.application IS 'its application_name';
COMMENT ON COLUMN postern.publishing.since IS
'when it began; only members of pg_read_all_stats see that of others';
COMMENT ON COLUMN postern.publishing.place IS 'none of its messages has a lower one';
