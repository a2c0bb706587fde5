-- 0002-one-api-call.sql - the functions that postern.api() calls now have the
-- arguments that each needs.

DROP FUNCTION IF EXISTS postern.api_list_webhooks(
    bytea, text[], jsonb, text[]);
DROP FUNCTION IF EXISTS postern.api_get_webhook(
    bytea, text[], jsonb, text[]);
DROP FUNCTION IF EXISTS postern.api_change_webhook(
    bytea, text[], jsonb, text[]);
DROP FUNCTION IF EXISTS postern.api_delete_webhook(
    bytea, text[], jsonb, text[]);
DROP FUNCTION IF EXISTS postern.api_rotate_secret(
    bytea, text[], jsonb, text[]);
DROP FUNCTION IF EXISTS postern.api_list_deliveries(
    bytea, text[], jsonb, text[]);
DROP FUNCTION IF EXISTS postern.api_test_webhook(
    bytea, text[], jsonb, text[]);
DROP FUNCTION IF EXISTS postern.api_redeliver(
    bytea, text[], jsonb, text[]);
DROP FUNCTION IF EXISTS postern.api_replay(
    bytea, text[], jsonb, text[]);
DROP FUNCTION IF EXISTS postern.api_list_event_types(
    bytea, text[], jsonb, text[]);
DROP FUNCTION IF EXISTS postern.api_list_events(
    bytea, text[], jsonb, text[]);
