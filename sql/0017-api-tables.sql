-- 0017-api-tables.sql - what the API around registering needs to be stored.
--
-- The files that come again at the end have changed since a database may have
-- had them: their functions use what is new here.

ALTER TABLE postern.access_token
    ADD scopes text[] NOT NULL DEFAULT '{webhooks:read,webhooks:write}'
        CONSTRAINT access_token_scopes_check
            CHECK (scopes <@ '{webhooks:read,webhooks:write}'
               AND cardinality(scopes) > 0
               AND array_position(scopes, NULL) IS NULL);
COMMENT ON COLUMN postern.access_token.scopes IS
'What it is for: webhooks:read, webhooks:write, or both.';

-- Event types, and patterns of them ------------------------------------------

ALTER TABLE postern.event_type
    ADD kind        text      NOT NULL DEFAULT 'type',
    ADD matches     integer[] NOT NULL DEFAULT '{}',
    ADD json_schema jsonb,
    ADD example     jsonb,
    DROP CONSTRAINT event_type_name_check,
    ADD CONSTRAINT event_type_name_check
        CHECK (length(name) <= 128 AND CASE kind
            WHEN 'pattern' THEN name ~ '^([A-Za-z0-9._:-]*\.)?\*$'
            ELSE name ~ '^[A-Za-z0-9._:-]+$' END),
    ADD CONSTRAINT event_type_kind_check
        CHECK (kind IN ('type', 'pattern', 'test')),
    ADD CONSTRAINT event_type_json_schema_check
        CHECK (jsonb_typeof(json_schema) IN ('object', 'boolean')
           AND octet_length(json_schema::text) <= 65536),
    ADD CONSTRAINT event_type_example_check
        CHECK (octet_length(example::text) <= 65536);
COMMENT ON TABLE postern.event_type IS
'The kinds of event that may be subscribed to, and patterns of them. None is ever removed.';
COMMENT ON COLUMN postern.event_type.name IS
'Such as payment.settled: 1 to 128 letters, digits, and . _ - :; that of a pattern ends in *.';
COMMENT ON COLUMN postern.event_type.kind IS
'type: it can be published. pattern: it can only be subscribed to. test: it is sent to one webhook when its account asks for it, and can be neither.';
COMMENT ON COLUMN postern.event_type.matches IS
'Of a type: its own id, then those of the patterns that it fits, the closest first.';
COMMENT ON COLUMN postern.event_type.json_schema IS
'A JSON Schema of the data, for clients; nothing is checked by it.';
COMMENT ON COLUMN postern.event_type.example IS
'An example of the data, for clients.';

INSERT INTO postern.event_type (name, kind, description)
VALUES ('postern.test', 'test', 'sent when a client tests its webhook')
ON CONFLICT ON CONSTRAINT event_type_name_key DO UPDATE SET kind = 'test';

-- Webhooks -------------------------------------------------------------------

ALTER TABLE postern.webhook
    ADD description text
        CONSTRAINT webhook_description_check
            CHECK (length(description) <= 500),
    ADD disabled_by text
        CONSTRAINT webhook_disabled_by_check
            CHECK (disabled_by IN ('account', 'worker', 'operator')),
    DROP CONSTRAINT webhook_values_check,
    ADD CONSTRAINT webhook_values_check
        CHECK (octet_length(url) BETWEEN 1 AND 2048
           AND octet_length(canonical_url) BETWEEN 1 AND 2048
           AND state IN ('enabled', 'disabled', 'deleted'));
UPDATE postern.webhook
   SET disabled_by = CASE
           WHEN reason = 'it answered 410 Gone'
             OR reason LIKE 'it has only failed for five days; last: %'
           THEN 'worker' ELSE 'operator' END
 WHERE state = 'disabled';
COMMENT ON COLUMN postern.webhook.state IS
'enabled; disabled: nothing is sent, events are held; deleted: it is as if it were not there, and goes when nothing can refer to it any more.';
COMMENT ON COLUMN postern.webhook.canonical_url IS
'Scheme and host in lower case, default port dropped; one webhook for each. Of a deleted one, deleted: and its id.';
COMMENT ON COLUMN postern.webhook.description IS
'The account''s own note.';
COMMENT ON COLUMN postern.webhook.disabled_by IS
'Who disabled it: its account, which may enable it again, as it may after the worker, or an operator.';

-- The queue ------------------------------------------------------------------

-- A type that changes with the row would have the table written anew.
ALTER TABLE postern.message ADD xid xid8 NOT NULL DEFAULT '0';
ALTER TABLE postern.message ALTER xid SET DEFAULT pg_current_xact_id();
CREATE INDEX message_feed ON postern.message (account_id, xid, id);
COMMENT ON COLUMN postern.message.xid IS
'The transaction that published it; 0: one before this was kept. All with lower ids than any that is still open are over, and those below them complete.';
COMMENT ON INDEX postern.message_feed IS
'An account''s messages, in an order to which nothing is added behind a reader.';

-- By webhook and state in the order of publishing: for an account that reads
-- them page by page, and for replay.
CREATE INDEX attempt_state
    ON postern.attempt (webhook_id, outcome, message_id);
DROP INDEX postern.attempt_webhook;
CREATE INDEX backlog_message ON postern.backlog (webhook_id, message_id);
CREATE INDEX flight_webhook ON postern.flight (webhook_id);
COMMENT ON INDEX postern.attempt_state IS
'What became of a webhook''s deliveries, by state, in the order of publishing.';
COMMENT ON INDEX postern.backlog_message IS
'What waits for a webhook, in the order of publishing.';
COMMENT ON INDEX postern.flight_webhook IS
'What is on its way to a webhook.';

-- Functions that have changed ------------------------------------------------

DROP FUNCTION IF EXISTS postern.issue_token(uuid, interval);
DROP FUNCTION IF EXISTS postern.add_event_type(text, text);
DROP FUNCTION IF EXISTS postern.set_webhook_state(uuid, text, text);
DROP FUNCTION IF EXISTS postern.event_type_id(text);
DROP FUNCTION IF EXISTS postern.register(uuid[], bytea[], text[], text[],
    integer[], text[], bytea[], bytea[], bytea[], bytea[]);
\ir 0002-ids.sql
\ir 0003-accounts.sql
\ir 0005-webhooks.sql
\ir 0006-register.sql
\ir 0010-publish.sql
\ir 0011-claim.sql
\ir 0012-record.sql
\ir 0013-owed.sql
\ir 0014-partitions.sql

DO $$
BEGIN
    PERFORM postern.add_event_type(t.name)
       FROM postern.event_type AS t WHERE t.kind = 'type' ORDER BY t.id;
END
$$;

-- Views ----------------------------------------------------------------------

CREATE OR REPLACE VIEW postern.access_tokens AS
SELECT t.id, t.account_id,
       CASE WHEN t.revoked_at IS NOT NULL THEN 'revoked'
            WHEN t.expires_at <= now() THEN 'expired'
            ELSE 'valid' END AS state,
       t.created_at, t.expires_at, t.revoked_at, t.scopes
  FROM postern.access_token AS t;
COMMENT ON COLUMN postern.access_tokens.scopes IS 'what it is for';

CREATE OR REPLACE VIEW postern.event_types AS
SELECT t.name, t.description, t.created_at, t.json_schema, t.example
  FROM postern.event_type AS t
 WHERE t.kind = 'type';
COMMENT ON COLUMN postern.event_types.json_schema IS 'as given to add_event_type';
COMMENT ON COLUMN postern.event_types.example IS 'as given to add_event_type';

CREATE OR REPLACE VIEW postern.webhooks AS
SELECT w.id, w.account_id, w.url,
       ARRAY(SELECT t.name::text
               FROM postern.subscription AS s
               JOIN postern.event_type AS t ON t.id = s.event_type_id
              WHERE s.account_id = w.account_id AND s.webhook_id = w.id
              ORDER BY t.name) AS events,
       w.state, w.reason, w.created_at, w.updated_at,
       w.description, w.rate, w.ordered
  FROM postern.webhook AS w
 WHERE w.state <> 'deleted';
COMMENT ON COLUMN postern.webhooks.events IS
'the types, and patterns of types, it subscribes to';
COMMENT ON COLUMN postern.webhooks.updated_at IS
'when it was registered, changed, disabled or enabled last';
COMMENT ON COLUMN postern.webhooks.description IS 'its account''s own note';
COMMENT ON COLUMN postern.webhooks.rate IS
'requests a second at most: set_rate; NULL: no limit';
COMMENT ON COLUMN postern.webhooks.ordered IS
'whether it is sent one at a time, in order: set_ordered';

CREATE OR REPLACE VIEW postern.oldest_owed AS
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
       AND w.state <> 'deleted'
  LEFT JOIN postern.lane AS l
    ON l.account_id = o.account_id AND l.webhook_id = o.webhook_id
 ORDER BY since;

CREATE OR REPLACE VIEW postern.delivery_status AS
SELECT (SELECT count(*) FROM postern.fresh) AS fresh,
       (SELECT count(*) FROM postern.flight) AS in_flight,
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
