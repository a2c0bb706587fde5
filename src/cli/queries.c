/*
 * queries.c - the queries of subcommands that show what one returns.
 *
 * The newest come first: the ids of most things are UUIDv7, by which an index
 * has them in the order in which they were made.
 */
#include "cli/queries.h"

/* By its name or its id, as each has an index. */
#define ACCOUNT_IS(value)                                              \
	"(a.name = " value " OR a.id = CASE WHEN " value               \
	" ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN " value \
	"::uuid END) "
#define ACCOUNT_IS_1 ACCOUNT_IS("$1")
#define ACCOUNT_IS_2 "($2::text IS NULL OR " ACCOUNT_IS("$2") ") "

const char query_accounts[] =
    "SELECT a.id, a.name, a.webhooks, a.webhook_limit, a.share, "
    "a.created_at FROM postern.accounts AS a WHERE $1::text IS NULL "
    "OR " ACCOUNT_IS_1 "ORDER BY a.id DESC LIMIT $2::bigint + 1";

const char query_accounts_create[] = "SELECT postern.create_account($1) AS id";

const char query_accounts_set[] =
    "SELECT a.name || ' is changed' AS done FROM postern.accounts AS a "
    "CROSS JOIN LATERAL (SELECT CASE WHEN $2::text IS NOT NULL "
    "THEN postern.set_webhook_limit(a.id, $2::integer)::text END, "
    "CASE WHEN $3::text IS NOT NULL "
    "THEN postern.set_share(a.id, $3::real)::text END) AS r "
    "WHERE " ACCOUNT_IS_1;

const char query_attempts[] =
    "SELECT t.started_at, t.webhook_id, t.delivery_id, t.number, "
    "t.verdict, t.status, t.duration, t.error, t.message_id, "
    "t.name_found, t.connected, t.tls_agreed, t.first_byte, t.peer, "
    "t.tls, t.answer FROM (SELECT DISTINCT n.* FROM "
    "postern.newest_attempts($1::bigint, $2::uuid, $3::text IS NOT NULL, "
    "CASE WHEN $4::text LIKE '% ago' THEN now() - left($4, -4)::interval "
    "ELSE $4::timestamptz END, $5::integer + 1) AS n) AS n JOIN "
    "postern.attempts AS t ON t.delivery_id = n.delivery_id AND t.number = "
    "n.number AND t.started_at = n.started_at WHERE ($2::uuid IS NULL OR "
    "t.webhook_id = $2::uuid) AND ($3::text IS NULL OR t.verdict <> "
    "'delivered') ORDER BY t.started_at DESC LIMIT $5::bigint + 1";

const char query_clients[] =
    "SELECT c.id, a.name AS account, c.name, c.scopes, c.state, c.tokens, "
    "c.created_at, c.revoked_at FROM postern.clients AS c LEFT JOIN "
    "postern.accounts AS a ON a.id = c.account_id WHERE ($1::uuid IS NULL "
    "OR c.id = $1::uuid) AND " ACCOUNT_IS_2 "AND ($3::text IS NOT NULL OR "
    "$1::uuid IS NOT NULL OR c.state = 'valid') ORDER BY c.id DESC LIMIT "
    "$4::bigint + 1";

const char query_clients_create[] =
    "SELECT c.client_id, c.client_secret FROM postern.accounts AS a CROSS "
    "JOIN LATERAL postern.create_client(a.id, $2, string_to_array($3, "
    "',')) AS c WHERE " ACCOUNT_IS_1;

const char query_clients_revoke[] =
    "SELECT 'client ' || $1::uuid || ' and its tokens are revoked' AS "
    "done FROM postern.revoke_client($1::uuid) AS r";

const char query_deliveries[] =
    "SELECT d.id, d.webhook_id, d.message_id, d.type, d.state, "
    "d.attempts, d.next_attempt_at, d.created_at, d.finished_at FROM "
    "postern.deliveries AS d WHERE d.id = ANY (CASE WHEN $1::bigint IS NULL "
    "THEN ARRAY(SELECT postern.newest_deliveries($2::uuid, $3, $4, "
    "$5::integer + 1)) ELSE ARRAY[$1::bigint] END) AND ($2::uuid IS NULL OR "
    "d.webhook_id = $2::uuid) AND ($3::text IS NULL OR d.message_id = $3) AND "
    "($4::text IS NULL OR d.state = $4) ORDER BY d.id DESC LIMIT $5::bigint "
    "+ 1";

const char query_disable[] =
    "SELECT 'webhook ' || $1::uuid || ' is disabled; what is published is "
    "held' AS done FROM postern.disable_webhook($1::uuid, $2) AS r";

const char query_enable[] =
    "SELECT 'webhook ' || $1::uuid || ' is enabled; what was held is "
    "sent' AS done FROM postern.enable_webhook($1::uuid) AS r";

const char query_failures[] =
    "SELECT f.attempts, f.webhooks, f.verdict, f.status, f.reason, "
    "f.last_at FROM postern.failures AS f ORDER BY f.attempts DESC LIMIT "
    "$1::bigint + 1";

const char query_hours[] =
    "SELECT w.weekday AS day, w.opens, w.closes, w.time_zone, NULL AS "
    "reason FROM postern.working_hours AS w UNION ALL SELECT h.day::text, "
    "NULL, NULL, NULL, concat_ws(': ', 'holiday', h.reason) FROM "
    "postern.holidays AS h";

const char query_hours_always[] =
    "SELECT 'The API is always open' AS done FROM postern.open_always() "
    "AS r";

const char query_hours_close[] =
    "SELECT 'The API is closed on ' || $1::date AS done FROM "
    "postern.close_on($1::date, $2) AS r";

const char query_hours_open[] =
    "SELECT $1::date || ' is no holiday' AS done FROM "
    "postern.open_on($1::date) AS r";

const char query_hours_set[] =
    "SELECT 'The API is open in these hours; \"postern hours\" lists "
    "them' AS done FROM postern.set_working_hours($1, VARIADIC "
    "array_remove(ARRAY[$2, $3, $4, $5, $6, $7, $8], NULL)) AS r";

const char query_keys[] =
    "SELECT 'sealing' AS kind, k.id, k.state, k.secrets, k.added_at, "
    "k.retired_at, NULL AS published_until, k.public_key FROM "
    "postern.sealing_keys AS k UNION ALL SELECT 'signing', k.id, k.state, "
    "NULL, k.added_at, k.retired_at, k.published_until, k.public_key FROM "
    "postern.signing_keys AS k ORDER BY 1, added_at";

const char query_keys_retire[] =
    "SELECT 'key ' || $1 || ' is retired' AS done "
    "FROM (SELECT CASE WHEN EXISTS (SELECT FROM postern.signing_keys AS k "
    "WHERE k.id = lower($1)) "
    "THEN postern.retire_signing_key($1, $2::interval)::text "
    "ELSE postern.retire_sealing_key($1)::text END) AS r";

const char query_maintain[] =
    "SELECT coalesce(r, 'Nothing is left to do') AS done FROM "
    "postern.maintain() AS r";

const char query_publishing[] =
    "SELECT p.pid, p.username, p.application, p.since, p.place FROM "
    "postern.publishing AS p ORDER BY p.since";

const char query_release[] =
    "SELECT CASE WHEN $2::text IS NULL THEN postern.release($1::integer) "
    "ELSE (SELECT w.in_flight FROM postern.workers AS w "
    "WHERE w.number = $1::integer) END AS deliveries";

const char query_retention[] =
    "SELECT CASE WHEN $2::text IS NULL THEN "
    "'Messages and attempts are kept for ' || $1::interval || "
    "postern.set_retention($1::interval)::text ELSE 'The messages of ' || "
    "(SELECT count(*) FROM pg_class AS c WHERE c.relkind = 'r' "
    "AND c.relnamespace = 'postern'::regnamespace "
    "AND CASE WHEN c.relname ~ '^message_[0-9]{8}$' "
    "THEN right(c.relname, 8)::date + 1 < now() - $1::interval END) || "
    "' days would be dropped' END AS done";

const char query_shares[] =
    "SELECT s.name, s.account_id, s.share, s.in_flight, s.waiting, "
    "s.attempts_last_minute AS attempts, s.places_last_minute AS places, "
    "s.longest_wait FROM postern.shares AS s LIMIT $1::bigint + 1";

const char query_skip[] =
    "SELECT coalesce('delivery ' || r || ' is given up', 'No delivery "
    "waits') AS done FROM postern.skip($1::uuid) AS r";

const char query_tasks[] =
    "SELECT t.id, t.kind, t.webhook_id, t.account_id, t.deliveries, "
    "t.created_at, t.ended_at FROM postern.tasks AS t WHERE $1::text IS "
    "NOT NULL OR t.ended_at IS NULL ORDER BY t.created_at DESC LIMIT "
    "$2::bigint + 1";

const char query_tokens[] =
    "SELECT t.id, a.name AS account, t.state, t.scopes, t.created_at, "
    "t.expires_at, t.revoked_at, t.client_id FROM postern.access_tokens "
    "AS t LEFT JOIN postern.accounts AS a ON a.id = t.account_id WHERE "
    "($1::uuid IS NULL OR t.id = $1::uuid) AND " ACCOUNT_IS_2
    "AND ($3::text IS NOT NULL OR $1::uuid IS NOT NULL OR t.state = 'valid') "
    "ORDER BY t.id DESC LIMIT $4::bigint + 1";

const char query_tokens_issue[] =
    "SELECT r AS token FROM postern.accounts AS a CROSS JOIN LATERAL "
    "postern.issue_token(a.id, $2::interval, string_to_array($3, ',')) AS "
    "r WHERE " ACCOUNT_IS_1;

const char query_tokens_revoke[] =
    "SELECT 'token ' || postern.revoke_token(t.id::text) || ' is revoked' "
    "AS done FROM postern.access_tokens AS t WHERE t.id::text = lower($1)";

const char query_trust_clock[] =
    "SELECT 'The server''s clock is trusted' AS done FROM "
    "postern.trust_clock() AS r";

const char query_types[] =
    "SELECT t.name, t.description, t.created_at, t.json_schema, t.example, "
    "t.archived_at FROM postern.event_types AS t "
    "WHERE $1::text IS NULL OR t.name = $1 "
    "ORDER BY t.name LIMIT $2::bigint + 1";

const char query_types_add[] =
    "SELECT $1 || ' can be published' AS done FROM "
    "postern.add_event_type($1, $2, $3::jsonb, $4::jsonb) AS r";

const char query_types_archive[] =
    "SELECT $1 || ' is published no more' AS done FROM "
    "postern.archive_event_type($1) AS r";

const char query_types_remove[] = "SELECT $1 || ' is gone' AS done "
				  "FROM postern.remove_event_type($1) AS r";

const char query_types_rename[] =
    "SELECT $1 || ' is published as ' || $2 AS done FROM "
    "postern.rename_event_type($1, $2) AS r";

const char query_webhooks[] =
    "SELECT w.id, a.name AS account, w.url, w.events, w.state, w.reason, "
    "w.description, w.rate, w.max_in_flight, w.ordered, w.created_at, "
    "w.updated_at FROM postern.webhooks AS w JOIN postern.accounts AS a "
    "ON a.id = w.account_id WHERE ($1::uuid IS NULL OR w.id = $1::uuid) "
    "AND " ACCOUNT_IS_2 "AND ($3::text IS NULL OR w.state = $3) AND "
    "($4::text IS NULL OR strpos(w.url, $4) > 0) ORDER BY w.id DESC LIMIT "
    "$5::bigint + 1";

const char query_webhooks_set[] =
    "SELECT 'webhook ' || $1::uuid || ' is changed' AS done "
    "FROM (SELECT CASE WHEN $2::text IS NOT NULL "
    "THEN postern.set_rate($1::uuid, nullif($2, 'none')::real)::text END, "
    "CASE WHEN $3::text IS NOT NULL THEN postern.set_max_in_flight($1::uuid, "
    "nullif($3, 'none')::integer)::text END, "
    "CASE WHEN $4::text IS NOT NULL "
    "THEN postern.set_ordered($1::uuid, $4::boolean)::text END) AS r";

const char query_workers[] =
    "SELECT w.* FROM postern.workers AS w ORDER BY w.number";
