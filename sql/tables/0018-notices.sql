-- 0018-notices.sql - an account is told, by events, how its webhooks are.

ALTER TABLE postern.event_type
    DROP CONSTRAINT event_type_kind_check,
    ADD CONSTRAINT event_type_kind_check
        CHECK (kind IN ('type', 'pattern', 'test', 'notice'));
INSERT INTO postern.event_type AS t (name, kind, description, json_schema, example)
VALUES
    ('postern.webhook.failing', 'notice',
     'A webhook has failed three times in a row.',
     '{"type": "object", "required": ["webhook_id", "since", "failures", "attempt"],
       "properties": {
         "webhook_id": {"type": "string", "format": "uuid"},
         "since": {"type": "string", "format": "date-time"},
         "failures": {"type": "integer", "minimum": 3},
         "attempt": {"type": "object",
           "required": ["delivery_id", "message_id", "number", "status"],
           "properties": {
             "delivery_id": {"type": "string"}, "message_id": {"type": "string"},
             "number": {"type": "integer"}, "status": {"type": ["integer", "null"]}}}}}',
     '{"webhook_id": "0193f1c2-6a40-7cc1-9d3e-5b1f0a7c2e11",
       "since": "2026-11-24T08:00:00.000Z", "failures": 3,
       "attempt": {"delivery_id": "4711", "number": 3, "status": 503,
         "message_id": "msg_0193f1c26b8d7f0e8a4b2c6d8e0f1a3b"}}'),
    ('postern.webhook.disabled', 'notice',
     'A webhook was disabled, and not by its account.',
     '{"type": "object", "required": ["webhook_id", "cause", "reason", "since", "attempt"],
       "properties": {
         "webhook_id": {"type": "string", "format": "uuid"},
         "cause": {"enum": ["gone", "failing", "operator"]},
         "reason": {"type": "string"},
         "since": {"type": ["string", "null"], "format": "date-time"},
         "attempt": {"type": ["object", "null"],
           "required": ["delivery_id", "message_id", "number", "status"],
           "properties": {
             "delivery_id": {"type": "string"}, "message_id": {"type": "string"},
             "number": {"type": "integer"}, "status": {"type": ["integer", "null"]}}}}}',
     '{"webhook_id": "0193f1c2-6a40-7cc1-9d3e-5b1f0a7c2e11",
       "cause": "gone", "reason": "it answered 410 Gone",
       "since": "2026-11-24T08:00:00.000Z",
       "attempt": {"delivery_id": "4711", "number": 1, "status": 410,
         "message_id": "msg_0193f1c26b8d7f0e8a4b2c6d8e0f1a3b"}}'),
    ('postern.webhook.recovered', 'notice',
     'A webhook that was failing takes events again, or one that was disabled is enabled.',
     '{"type": "object", "required": ["webhook_id", "cause", "since"],
       "properties": {
         "webhook_id": {"type": "string", "format": "uuid"},
         "cause": {"enum": ["delivered", "enabled"]},
         "since": {"type": ["string", "null"], "format": "date-time"}}}',
     '{"webhook_id": "0193f1c2-6a40-7cc1-9d3e-5b1f0a7c2e11",
       "cause": "delivered", "since": "2026-11-24T08:00:00.000Z"}'),
    ('postern.delivery.failed', 'notice',
     'Deliveries to a webhook were given up.',
     '{"type": "object", "required": ["webhook_id", "deliveries"],
       "properties": {
         "webhook_id": {"type": "string", "format": "uuid"},
         "deliveries": {"type": "array", "minItems": 1, "maxItems": 100,
           "items": {"type": "object",
             "required": ["id", "message_id", "type", "attempts", "status"],
             "properties": {
               "id": {"type": "string"}, "message_id": {"type": "string"},
               "type": {"type": "string"}, "attempts": {"type": "integer"},
               "status": {"type": ["integer", "null"]}}}}}}',
     '{"webhook_id": "0193f1c2-6a40-7cc1-9d3e-5b1f0a7c2e11",
       "deliveries": [{"id": "4711", "message_id": "msg_0193f1c26b8d7f0e8a4b2c6d8e0f1a3b",
         "type": "payment.settled", "attempts": 8, "status": 503}]}')
-- One that an operator has added under such a name is ours from now on.
ON CONFLICT ON CONSTRAINT event_type_name_key DO UPDATE
   SET kind = excluded.kind, description = excluded.description,
       json_schema = excluded.json_schema, example = excluded.example,
       archived_at = NULL, archived_in = NULL;
INSERT INTO postern.event_type (name, kind)
VALUES ('postern.*', 'pattern'), ('postern.webhook.*', 'pattern'),
    ('postern.delivery.*', 'pattern')
ON CONFLICT ON CONSTRAINT event_type_name_key DO NOTHING;
-- They do not fit *: who subscribes to that asked for the platform's events.
UPDATE postern.event_type AS t
   SET matches = ARRAY[t.id,
       (SELECT p.id FROM postern.event_type AS p
         WHERE p.name = regexp_replace(t.name, '[^.]+$', '*')),
       (SELECT p.id FROM postern.event_type AS p WHERE p.name = 'postern.*')]
 WHERE t.kind = 'notice';

ALTER TABLE postern.lane ADD COLUMN told boolean NOT NULL DEFAULT false;
ALTER TABLE postern.lane_note ADD COLUMN delivery bigint;

-- They take one argument more.
DROP FUNCTION IF EXISTS postern.enqueue(uuid[], uuid[], integer[], json[], text[]);
DROP FUNCTION IF EXISTS postern.move_failing_lane(
    uuid, uuid, integer, integer, timestamptz, boolean, interval, timestamptz, boolean, text);
DROP FUNCTION IF EXISTS postern.disable_failing(uuid, uuid, text);
DROP FUNCTION IF EXISTS postern.set_webhook_state(uuid, uuid, text, text, text);
