/* commands.c - the subcommands of postern, in one table. */
#include "cli/commands.h"

#include <stddef.h>

#include "cli/complete.h"
#include "cli/help.h"
#include "cli/list.h"
#include "cli/verify.h"

#define OPERATORS "For operators, by SQL"
#define DEVELOPERS "For developers, by the API"
#define BOTH "For everybody"

#define OPTION_END           \
	{                    \
		.name = NULL \
	}
#define OPTION_LIMIT                                             \
	{                                                        \
		.name = "limit", .value = "N", .fallback = "50", \
		.help = "print so many at most"                  \
	}
#define OPTION_ACCOUNT                                            \
	{                                                         \
		.name = "account", .value = "ACCOUNT",            \
		.help = "only those of an account, by name or id" \
	}
#define OPTION_WEBHOOK                                 \
	{                                              \
		.name = "webhook", .value = "WEBHOOK", \
		.help = "only those of a webhook"      \
	}

static const struct command_option limit_alone[] = { OPTION_LIMIT, OPTION_END };

static const struct command_option of_account[] = { OPTION_ACCOUNT,
	{ .name = "all", .help = "also those that have ended" }, OPTION_LIMIT,
	OPTION_END };

static const struct command_option of_webhooks[] = { OPTION_ACCOUNT,
	{ .name = "state",
	    .value = "STATE",
	    .help = "only those that are enabled, or disabled" },
	{ .name = "url",
	    .value = "TEXT",
	    .help = "only those whose URL has this in it" },
	OPTION_LIMIT, OPTION_END };

static const struct command_option of_deliveries[] = { OPTION_WEBHOOK,
	{ .name = "message",
	    .value = "MESSAGE",
	    .help = "only those of a message, msg_..." },
	{ .name = "state",
	    .value = "STATE",
	    .help = "only owed, held, sent, failed or cancelled" },
	OPTION_LIMIT, OPTION_END };

static const struct command_option of_attempts[] = { OPTION_WEBHOOK,
	{ .name = "failed", .help = "only those that failed" },
	{ .name = "since",
	    .value = "TIME",
	    .fallback = "1 hour ago",
	    .help = "only later ones: '2 days ago', '2026-11-24 08:00'" },
	OPTION_LIMIT, OPTION_END };

static const struct command_option of_verify[] = {
	{ .name = "secret-file",
	    .value = "FILE",
	    .help = "the webhook's apiSecretKey, or several, in a file" },
	{ .name = "secret",
	    .value = "SECRET",
	    .help = "the same as it is, which others can see" },
	{ .name = "public-key",
	    .value = "KEY",
	    .help = "the platform's public key, whpk_..., for v1a" },
	{ .name = "body",
	    .value = "FILE",
	    .help = "the body, when REQUEST has the headers alone" },
	{ .name = "age",
	    .value = "SECONDS",
	    .fallback = "300",
	    .help = "that the timestamp may be off; 0: any" },
	OPTION_END
};

const struct command commands[] = {
	{ OPERATORS, "accounts", "[ACCOUNT]",
	    "accounts, and how many webhooks each has", 0, 1, limit_alone,
	    list_run,
	    "SELECT a.id, a.name, a.webhooks, a.webhook_limit, a.share,"
	    " a.created_at"
	    " FROM postern.accounts AS a"
	    " WHERE $1::text IS NULL OR a.id::text = $1 OR a.name = $1"
	    " ORDER BY a.created_at DESC, a.id LIMIT $2::bigint + 1",
	    NULL, "There is no account yet." },
	{ OPERATORS, "attempts", "[DELIVERY]",
	    "requests that were made, and what became of each", 0, 1,
	    of_attempts, list_run,
	    "SELECT t.started_at, t.webhook_id, t.delivery_id, t.number,"
	    " t.verdict, t.status, t.duration, t.error, t.message_id,"
	    " t.name_found, t.connected, t.tls_agreed, t.first_byte, t.peer,"
	    " t.tls, t.answer"
	    " FROM postern.attempts AS t"
	    " WHERE ($1::bigint IS NULL OR t.delivery_id = $1::bigint)"
	    " AND ($2::uuid IS NULL OR t.webhook_id = $2::uuid)"
	    " AND ($3::text IS NULL OR t.verdict <> 'delivered')"
	    " AND ($1::bigint IS NOT NULL OR t.started_at > now()"
	    " - coalesce(substring($4::text from '^(.*) ago$')::interval,"
	    " now() - $4::timestamptz))"
	    " ORDER BY t.started_at DESC LIMIT $5::bigint + 1",
	    "started_at webhook_id delivery_id number verdict status duration"
	    " error",
	    "There was none in this time; --since '1 day ago' looks further." },
	{ OPERATORS, "clients", "[CLIENT]",
	    "OAuth clients, and how many valid tokens each has", 0, 1,
	    of_account, list_run,
	    "SELECT c.id, a.name AS account, c.name, c.scopes, c.state,"
	    " c.tokens, c.created_at, c.revoked_at"
	    " FROM postern.clients AS c"
	    " JOIN postern.accounts AS a ON a.id = c.account_id"
	    " WHERE ($1::uuid IS NULL OR c.id = $1::uuid)"
	    " AND ($2::text IS NULL OR a.id::text = $2 OR a.name = $2)"
	    " AND ($3::text IS NOT NULL OR $1::uuid IS NOT NULL"
	    " OR c.state = 'valid')"
	    " ORDER BY c.created_at DESC, c.id LIMIT $4::bigint + 1",
	    "id account name scopes tokens created_at",
	    "There is no valid client." },
	{ OPERATORS, "deliveries", "[DELIVERY]",
	    "each message to each of its webhooks, and its state", 0, 1,
	    of_deliveries, list_run,
	    "SELECT d.id, d.webhook_id, d.message_id, d.type, d.state,"
	    " d.attempts, d.next_attempt_at, d.created_at, d.finished_at"
	    " FROM postern.deliveries AS d"
	    " WHERE ($1::bigint IS NULL OR d.id = $1::bigint)"
	    " AND ($2::uuid IS NULL OR d.webhook_id = $2::uuid)"
	    " AND ($3::text IS NULL OR d.message_id = $3)"
	    " AND ($4::text IS NULL OR d.state = $4)"
	    " ORDER BY d.id DESC LIMIT $5::bigint + 1",
	    "id webhook_id type state attempts next_attempt_at created_at",
	    "There is no such delivery." },
	{ OPERATORS, "hours", "", "when the API is open, and holidays", 0, 0,
	    NULL, list_run,
	    "SELECT w.weekday AS day, w.opens, w.closes, w.time_zone,"
	    " NULL AS reason FROM postern.working_hours AS w"
	    " UNION ALL SELECT h.day::text, NULL, NULL, NULL,"
	    " concat_ws(': ', 'holiday', h.reason) FROM postern.holidays AS h",
	    NULL, "The API is always open." },
	{ OPERATORS, "tokens", "[TOKEN-ID]",
	    "access tokens by id, never the token itself", 0, 1, of_account,
	    list_run,
	    "SELECT t.id, a.name AS account, t.state, t.scopes, t.created_at,"
	    " t.expires_at, t.revoked_at, t.client_id"
	    " FROM postern.access_tokens AS t"
	    " JOIN postern.accounts AS a ON a.id = t.account_id"
	    " WHERE ($1::uuid IS NULL OR t.id = $1::uuid)"
	    " AND ($2::text IS NULL OR a.id::text = $2 OR a.name = $2)"
	    " AND ($3::text IS NOT NULL OR $1::uuid IS NOT NULL"
	    " OR t.state = 'valid')"
	    " ORDER BY t.created_at DESC, t.id LIMIT $4::bigint + 1",
	    "id account state scopes created_at expires_at",
	    "There is no valid token." },
	{ OPERATORS, "types", "[TYPE]", "the kinds of event", 0, 1, limit_alone,
	    list_run,
	    "SELECT t.name, t.description, t.created_at, t.json_schema,"
	    " t.example FROM postern.event_types AS t"
	    " WHERE $1::text IS NULL OR t.name = $1"
	    " ORDER BY t.name LIMIT $2::bigint + 1",
	    "name description created_at", "There is no event type yet." },
	{ OPERATORS, "webhooks", "[WEBHOOK]",
	    "webhooks: where each goes, and whether it is enabled", 0, 1,
	    of_webhooks, list_run,
	    "SELECT w.id, a.name AS account, w.url, w.events, w.state,"
	    " w.reason, w.description, w.rate, w.max_in_flight, w.ordered,"
	    " w.created_at, w.updated_at"
	    " FROM postern.webhooks AS w"
	    " JOIN postern.accounts AS a ON a.id = w.account_id"
	    " WHERE ($1::uuid IS NULL OR w.id = $1::uuid)"
	    " AND ($2::text IS NULL OR a.id::text = $2 OR a.name = $2)"
	    " AND ($3::text IS NULL OR w.state = $3)"
	    " AND ($4::text IS NULL OR strpos(w.url, $4) > 0)"
	    " ORDER BY w.created_at DESC, w.id LIMIT $5::bigint + 1",
	    "id account url events state reason", "There is no such webhook." },
	{ DEVELOPERS, "verify", "[REQUEST]",
	    "is a webhook's request genuine, and if not, why?", 0, 1, of_verify,
	    verify_run, NULL, NULL, NULL },
	{ BOTH, "complete", "[WORD]...",
	    "the words that may come next: for shells", 0, COMMAND_OPERANDS_MAX,
	    NULL, complete_run, NULL, NULL, NULL },
	{ BOTH, "help", "[COMMAND]", "what there is, or about a command", 0, 2,
	    NULL, help_run, NULL, NULL, NULL },
	{ .name = NULL },
};
