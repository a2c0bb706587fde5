-- watch.sql - what operators watch: the programs that run, what fails most, what is
-- erased.
--
-- Replaced in place, as views.sql is. All may be read at any time.

-- Programs -------------------------------------------------------------------

CREATE OR REPLACE VIEW postern.workers AS
SELECT w.number, w.pid, w.since,
       (SELECT count(*) FROM postern.in_flight AS f WHERE f.worker = w.number) AS in_flight,
       EXISTS (SELECT FROM pg_stat_activity AS a WHERE a.pid = w.pid) AS connected,
       p.host, p.pid AS process, p.version, p.places, p.in_flight AS sending, p.last_turn,
       p.seen_at, w.signs
  FROM postern.worker AS w
  LEFT JOIN postern.process AS p ON p.worker = w.number;
COMMENT ON VIEW postern.workers IS
'The workers that are connected, and those whose session has ended until another reclaims what they
had.';
COMMENT ON COLUMN postern.workers.number IS
'its number, for release; a new one each time it connects';
COMMENT ON COLUMN postern.workers.pid IS
'PostgreSQL''s process of its session, see pg_stat_activity, and never to be killed';
COMMENT ON COLUMN postern.workers.since IS 'when it connected';
COMMENT ON COLUMN postern.workers.in_flight IS 'deliveries that it has in hand';
COMMENT ON COLUMN postern.workers.connected IS
'false: its session has ended, and what it had is owed again by the next that looks';
COMMENT ON COLUMN postern.workers.host IS 'the host that it runs on; NULL: it has not said yet';
COMMENT ON COLUMN postern.workers.process IS 'its process there';
COMMENT ON COLUMN postern.workers.version IS 'of postern-delivery';
COMMENT ON COLUMN postern.workers.places IS 'how many requests it can send at one time';
COMMENT ON COLUMN postern.workers.sending IS 'how many of these were in use when it last said';
COMMENT ON COLUMN postern.workers.last_turn IS 'when its main loop last turned';
COMMENT ON COLUMN postern.workers.seen_at IS 'when it said so; it does every 5 seconds';
COMMENT ON COLUMN postern.workers.signs IS
'whose keys its v1a signatures are by, account or platform; NULL: it makes none';

CREATE OR REPLACE VIEW postern.responders AS
SELECT p.host, p.pid AS process, p.version, p.since, p.places AS threads,
       p.in_flight AS busy, p.seen_at
  FROM postern.process AS p
 WHERE p.program = 'postern-responder' AND p.seen_at > clock_timestamp() - interval '30 s'
   AND EXISTS (SELECT FROM pg_stat_activity AS a WHERE a.pid = p.session);
COMMENT ON VIEW postern.responders IS
'The responders that are connected.';
COMMENT ON COLUMN postern.responders.host IS 'the host that it runs on';
COMMENT ON COLUMN postern.responders.process IS 'its process there';
COMMENT ON COLUMN postern.responders.version IS 'of postern-responder';
COMMENT ON COLUMN postern.responders.since IS 'when it was first seen';
COMMENT ON COLUMN postern.responders.threads IS 'how many requests it can serve at one time';
COMMENT ON COLUMN postern.responders.busy IS 'how many it served when it last said';
COMMENT ON COLUMN postern.responders.seen_at IS 'when it said so; it does every 5 seconds';

-- What fails most ------------------------------------------------------------

CREATE OR REPLACE VIEW postern.worst_webhooks AS
SELECT l.webhook_id, l.account_id, a.name AS account,
       CASE WHEN (SELECT s.whole FROM postern.sight AS s) THEN w.url
            ELSE split_part(w.url, '?', 1) END AS url, w.state, l.failures,
       l.failing_since, l.cool_until, last.verdict, last.reason
  FROM (SELECT l.* FROM postern.lane AS l
         WHERE l.failures > 0
         ORDER BY l.failures DESC, l.failing_since
         LIMIT 10) AS l
  JOIN postern.account AS a ON a.id = l.account_id
  JOIN postern.webhook AS w ON w.account_id = l.account_id AND w.id = l.webhook_id
  LEFT JOIN LATERAL (
       SELECT t.verdict, coalesce(t.error, 'it answered ' || t.status) AS reason
         FROM postern.attempt AS t
        WHERE t.webhook_id = l.webhook_id AND t.outcome IS NULL AND t.verdict <> 'delivered'
        ORDER BY t.webhook_id DESC, t.outcome DESC, t.message_id DESC
        LIMIT 1) AS last ON true
 ORDER BY l.failures DESC, l.failing_since;
COMMENT ON VIEW postern.worst_webhooks IS
'The ten webhooks that have failed most often since they last took anything, and why one of
their newest attempts failed.';
COMMENT ON COLUMN postern.worst_webhooks.webhook_id IS 'the webhook';
COMMENT ON COLUMN postern.worst_webhooks.account_id IS 'the account it belongs to';
COMMENT ON COLUMN postern.worst_webhooks.account IS 'the name of that';
COMMENT ON COLUMN postern.worst_webhooks.url IS 'where it goes; as in webhooks';
COMMENT ON COLUMN postern.worst_webhooks.state IS 'enabled or disabled';
COMMENT ON COLUMN postern.worst_webhooks.failures IS
'how many volleys of attempts have failed, one after the other';
COMMENT ON COLUMN postern.worst_webhooks.failing_since IS 'when the first of them did';
COMMENT ON COLUMN postern.worst_webhooks.cool_until IS 'nothing is sent before this time';
COMMENT ON COLUMN postern.worst_webhooks.verdict IS 'what the worker made of the answer';
COMMENT ON COLUMN postern.worst_webhooks.reason IS 'what went wrong';

CREATE OR REPLACE VIEW postern.worst_accounts AS
SELECT f.account_id, a.name AS account, f.webhooks, f.failures, f.failing_since
  FROM (SELECT l.account_id, count(*) AS webhooks, sum(l.failures) AS failures,
               min(l.failing_since) AS failing_since
          FROM postern.lane AS l
         WHERE l.failures > 0
         GROUP BY l.account_id
         ORDER BY webhooks DESC, failures DESC
         LIMIT 10) AS f
  JOIN postern.account AS a ON a.id = f.account_id
 ORDER BY f.webhooks DESC, f.failures DESC;
COMMENT ON VIEW postern.worst_accounts IS
'The ten accounts most of whose webhooks fail.';
COMMENT ON COLUMN postern.worst_accounts.account_id IS 'the account';
COMMENT ON COLUMN postern.worst_accounts.account IS 'as given to create_account';
COMMENT ON COLUMN postern.worst_accounts.webhooks IS 'how many of its webhooks fail';
COMMENT ON COLUMN postern.worst_accounts.failures IS
'how many volleys of attempts to these have failed since each last took anything';
COMMENT ON COLUMN postern.worst_accounts.failing_since IS 'when the first of them did';

-- Erasures -------------------------------------------------------------------

CREATE OR REPLACE VIEW postern.erasures AS
SELECT e.id, e.began_at, e.ended_at, e.webhooks, e.messages, e.deliveries, e.attempts,
       e.keys, e.tokens, e.clients
  FROM postern.erasure AS e;
COMMENT ON VIEW postern.erasures IS
'Accounts that delete_account has erased, and how much there was of each. It is all that is left
of them.';
COMMENT ON COLUMN postern.erasures.id IS 'the id that the account had';
COMMENT ON COLUMN postern.erasures.began_at IS 'when delete_account was called';
COMMENT ON COLUMN postern.erasures.ended_at IS 'when nothing was left; NULL: a worker goes on';
COMMENT ON COLUMN postern.erasures.webhooks IS 'how many webhooks it had';
COMMENT ON COLUMN postern.erasures.messages IS 'how many messages to it were kept';
COMMENT ON COLUMN postern.erasures.deliveries IS 'how many deliveries were owed or over';
COMMENT ON COLUMN postern.erasures.attempts IS 'how many attempts were kept';
COMMENT ON COLUMN postern.erasures.keys IS
'how many deduplication keys and keys of requests were kept';
COMMENT ON COLUMN postern.erasures.tokens IS 'how many access tokens it had';
COMMENT ON COLUMN postern.erasures.clients IS 'how many clients it had';
