-- 0016-manual.sql - what psql says to operators: functions, views, columns.

CREATE VIEW postern.manual AS
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
GRANT SELECT ON postern.manual TO postern_admin;

DO $$
DECLARE
    explained record;
BEGIN
    FOR explained IN
        SELECT * FROM (VALUES
    ('manual', 'function', 'its name, arguments and, behind ->, result'),
    ('manual', 'description', 'what it does and which errors it raises'),

    ('accounts', 'id', 'as create_account returned it'),
    ('accounts', 'name', 'as given to create_account'),
    ('accounts', 'slot', 'the shard key, 0 to 1023, made of the id'),
    ('accounts', 'webhooks', 'how many it has'),
    ('accounts', 'webhook_limit', 'how many it may have: set_webhook_limit'),
    ('accounts', 'created_at', 'when create_account was called'),

    ('access_tokens', 'id', 'its name, for revoke_token'),
    ('access_tokens', 'account_id', 'whose it is'),
    ('access_tokens', 'state', 'valid, expired or revoked'),
    ('access_tokens', 'created_at', 'when issue_token was called'),
    ('access_tokens', 'expires_at', 'when it ends by itself'),
    ('access_tokens', 'revoked_at', 'when revoke_token ended it'),

    ('event_types', 'name', 'what webhooks and publish call it'),
    ('event_types', 'description', 'as given to add_event_type'),
    ('event_types', 'created_at', 'when it was added'),

    ('webhooks', 'id', 'for disable_webhook, replay and others'),
    ('webhooks', 'account_id', 'whose it is'),
    ('webhooks', 'url', 'where it goes, as the client wrote it'),
    ('webhooks', 'events', 'the types it subscribes to'),
    ('webhooks', 'state', 'enabled or disabled'),
    ('webhooks', 'reason', 'why it is disabled'),
    ('webhooks', 'created_at', 'when it was registered first'),
    ('webhooks', 'updated_at', 'when it was registered, disabled or enabled last'),

    ('working_hours', 'time_zone', 'in which opens and closes are meant'),
    ('working_hours', 'weekday', 'mon to sun'),
    ('working_hours', 'opens', 'the first instant that is open'),
    ('working_hours', 'closes', 'the first instant that is not'),

    ('holidays', 'day', 'in the time zone of the working hours'),
    ('holidays', 'reason', 'as given to close_on'),

    ('sealing_keys', 'id', 'for retire_sealing_key'),
    ('sealing_keys', 'state', 'in use or retired'),
    ('sealing_keys', 'secrets', 'how many it guards; at 0 its private half can go'),
    ('sealing_keys', 'public_key', '32 bytes in base64'),
    ('sealing_keys', 'added_at', 'when it was added first'),
    ('sealing_keys', 'retired_at', 'when it was retired'),

    ('messages', 'id', 'as publish returned it; receivers have it as webhook-id'),
    ('messages', 'account_id', 'whose it is; NULL: every account''s'),
    ('messages', 'type', 'the event type'),
    ('messages', 'owed', 'to how many webhooks it was owed'),
    ('messages', 'data', 'as given to publish'),
    ('messages', 'created_at', 'when it was published'),

    ('deliveries', 'id', 'for replay and cancel'),
    ('deliveries', 'webhook_id', 'to which webhook'),
    ('deliveries', 'message_id', 'of which message'),
    ('deliveries', 'type', 'its event type'),
    ('deliveries', 'state', 'owed, held, sent, failed or cancelled'),
    ('deliveries', 'attempts', 'how many are over'),
    ('deliveries', 'next_attempt_at', 'NULL: at once, or none to come'),
    ('deliveries', 'created_at', 'when its message was published'),
    ('deliveries', 'finished_at', 'when it was sent, failed or cancelled'),

    ('attempts', 'delivery_id', 'of which delivery'),
    ('attempts', 'webhook_id', 'to which webhook'),
    ('attempts', 'number', '1 for the first'),
    ('attempts', 'started_at', 'when the worker began'),
    ('attempts', 'duration', 'until the answer was complete or given up'),
    ('attempts', 'status', 'HTTP status; NULL: no answer'),
    ('attempts', 'error', 'what went wrong; NULL: nothing'),
    ('attempts', 'message_id', 'of which message'),
    ('attempts', 'verdict', 'what the worker made of it'),
    ('attempts', 'name_found', 'from the start until the name had an address'),
    ('attempts', 'connected', 'from the start until the connection stood'),
    ('attempts', 'tls_agreed', 'from the start until TLS was agreed'),
    ('attempts', 'first_byte', 'from the start until the answer began'),
    ('attempts', 'peer', 'the address it went to'),
    ('attempts', 'tls', 'the version and cipher of TLS'),
    ('attempts', 'answer', 'the first KiB of the answer''s body'),

    ('oldest_owed', 'webhook_id', 'which webhook'),
    ('oldest_owed', 'account_id', 'whose it is'),
    ('oldest_owed', 'url', 'where it goes'),
    ('oldest_owed', 'state', 'enabled or disabled'),
    ('oldest_owed', 'owed', 'how many deliveries it is owed'),
    ('oldest_owed', 'oldest_delivery', 'the first of them'),
    ('oldest_owed', 'since', 'when that one''s message was published'),
    ('oldest_owed', 'failing_since', 'the first failure since its last success'),
    ('oldest_owed', 'cool_until', 'nothing is sent before'),

    ('failures', 'verdict', 'what the worker made of them'),
    ('failures', 'status', 'HTTP status; NULL: no answer'),
    ('failures', 'reason', 'what went wrong'),
    ('failures', 'attempts', 'how many failed so'),
    ('failures', 'webhooks', 'of how many webhooks'),
    ('failures', 'last_at', 'when the last of them began'),

    ('delivery_status', 'fresh', 'owed and not looked at yet'),
    ('delivery_status', 'in_flight', 'being sent now'),
    ('delivery_status', 'waiting', 'owed at a later time, or held'),
    ('delivery_status', 'cooling', 'webhooks that rest after a failure'),
    ('delivery_status', 'disabled', 'webhooks that are sent nothing'),
    ('delivery_status', 'attempts_last_hour', 'requests made'),
    ('delivery_status', 'sent_last_hour', 'of these, taken by the receiver'),
    ('delivery_status', 'failed_last_hour', 'deliveries given up'),
    ('delivery_status', 'median_last_hour', 'time that half of the attempts took')
        ) AS v (relation, attribute, text)
    LOOP
        EXECUTE format('COMMENT ON COLUMN postern.%I.%I IS %L',
            explained.relation, explained.attribute, explained.text);
    END LOOP;
END
$$;
