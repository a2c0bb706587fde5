/* commands.c - the subcommands of postern, in one table. */
#include "cli/commands.h"

#include <stddef.h>

#include "cli/api_commands.h"
#include "cli/backup_check.h"
#include "cli/complete.h"
#include "cli/developer_options.h"
#include "cli/doctor.h"
#include "cli/help.h"
#include "cli/keys.h"
#include "cli/list.h"
#include "cli/listen.h"
#include "cli/queries.h"
#include "cli/replay.h"
#include "cli/secret_import.h"
#include "cli/setup.h"
#include "cli/status.h"
#include "cli/tail.h"
#include "cli/trigger.h"
#include "cli/verify.h"

#define LOOK "See what goes on"
#define CHANGE "Change it"
#define DEVELOPERS "For developers, by the API"
#define BOTH "For everybody"

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
#define OPTION_ALL                                                \
	{                                                         \
		.name = "all", .help = "also those that are over" \
	}
#define OPTION_SCOPES                                       \
	{                                                   \
		.name = "scopes", .value = "LIST",          \
		.fallback = "webhooks:read,webhooks:write", \
		.help = "what it is good for, with commas"  \
	}
#define OPTIONS static const struct command_option

OPTIONS limit_alone[] = { OPTION_LIMIT, OPTION_END };
OPTIONS all_limit[] = { OPTION_ALL, OPTION_LIMIT, OPTION_END };
OPTIONS of_account[] = { OPTION_ACCOUNT, OPTION_ALL, OPTION_LIMIT, OPTION_END };
OPTIONS scopes_alone[] = { OPTION_SCOPES, OPTION_END };

OPTIONS of_accounts_set[] = {
	{ .name = "webhooks",
	    .value = "N",
	    .help = "how many it may have; 1000 to begin with" },
	{ .name = "share",
	    .value = "X",
	    .help = "so many times what others have; 1 to begin with" },
	OPTION_END,
};
OPTIONS of_tokens_issue[] = {
	{ .name = "ttl",
	    .value = "TIME",
	    .fallback = "90 days",
	    .help = "how long it lasts" },
	OPTION_SCOPES,
	OPTION_END,
};
OPTIONS of_types_add[] = {
	{ .name = "description", .value = "TEXT", .help = "for clients" },
	{ .name = "schema",
	    .value = "JSON",
	    .help = "JSON Schema of its data" },
	{ .name = "example",
	    .value = "JSON",
	    .help = "an example of its data" },
	OPTION_END,
};
OPTIONS of_webhooks[] = {
	OPTION_ACCOUNT,
	{ .name = "state",
	    .value = "STATE",
	    .help = "only those that are enabled, or disabled" },
	{ .name = "url",
	    .value = "TEXT",
	    .help = "only those whose URL has this in it" },
	OPTION_LIMIT,
	OPTION_END,
};
OPTIONS of_webhooks_set[] = {
	{ .name = "rate",
	    .value = "N",
	    .help = "requests a second at most; none: no limit" },
	{ .name = "max-in-flight",
	    .value = "N",
	    .help = "requests at one time, in each worker; none: as it takes" },
	{ .name = "ordered",
	    .value = "YES-OR-NO",
	    .help = "one at a time, in publish order" },
	OPTION_END,
};
OPTIONS of_deliveries[] = {
	OPTION_WEBHOOK,
	{ .name = "message",
	    .value = "MESSAGE",
	    .help = "only those of a message, msg_..." },
	{ .name = "state",
	    .value = "STATE",
	    .help = "only owed, held, sent, failed or cancelled" },
	OPTION_LIMIT,
	OPTION_END,
};
OPTIONS of_attempts[] = {
	OPTION_WEBHOOK,
	{ .name = "failed", .help = "only those that failed" },
	{ .name = "since",
	    .value = "TIME",
	    .fallback = "1 hour ago",
	    .help = "only later ones: '2 days ago', '2026-11-24 08:00'" },
	OPTION_LIMIT,
	OPTION_END,
};
OPTIONS of_tail[] = {
	OPTION_WEBHOOK,
	{ .name = "failed", .help = "only those that failed" },
	OPTION_END,
};
OPTIONS of_disable[] = {
	{ .name = "reason",
	    .value = "TEXT",
	    .fallback = "disabled by an operator",
	    .help = "for its account" },
	OPTION_END,
};
OPTIONS of_close[] = {
	{ .name = "reason", .value = "TEXT", .help = "for operators" },
	OPTION_END,
};
OPTIONS dry_run_alone[] = {
	{ .name = "dry-run", .help = "change nothing, count" },
	OPTION_END,
};
OPTIONS of_keys_retire[] = {
	{ .name = "overlap",
	    .value = "TIME",
	    .fallback = "1 day",
	    .help = "how long receivers still find a signing key" },
	OPTION_END,
};

const struct command commands[] = {
	/* group, name, operands, help, least, most, options, run, query,
	 * columns of the table, what it says when there are none */
	{ LOOK, "accounts", "[ACCOUNT]",
	    "accounts, and how many webhooks each has", 0, 1, limit_alone,
	    list_run, query_accounts, NULL, "There is no account yet." },
	{ LOOK, "attempts", "[DELIVERY]",
	    "requests that were made, and what became of each", 0, 1,
	    of_attempts, list_run, query_attempts,
	    "started_at webhook_id delivery_id number verdict status duration"
	    " error",
	    "There was none in this time; --since '1 day ago' looks further." },
	{ LOOK, "backup-check", "KEY-FILE...",
	    "could all be restored from what is kept?", 1, COMMAND_OPERANDS_MAX,
	    backup_check_options, backup_check_run, NULL, NULL, NULL },
	{ LOOK, "clients", "[CLIENT]",
	    "OAuth clients, and how many valid tokens each has", 0, 1,
	    of_account, list_run, query_clients,
	    "id account name scopes tokens created_at",
	    "There is no valid client." },
	{ LOOK, "deliveries", "[DELIVERY]",
	    "each message to each of its webhooks, and its state", 0, 1,
	    of_deliveries, list_run, query_deliveries,
	    "id webhook_id type state attempts next_attempt_at created_at",
	    "None was found." },
	{ LOOK, "doctor", "", "what may be wrong, and what to do about it", 0,
	    0, doctor_options, doctor_run, NULL, NULL, NULL },
	{ LOOK, "failures", "", "why attempts of the last day failed", 0, 0,
	    limit_alone, list_run, query_failures, NULL,
	    "None failed in the last day." },
	{ LOOK, "hours", "", "when the API is open, and holidays", 0, 0, NULL,
	    list_run, query_hours, NULL, "The API is always open." },
	{ LOOK, "keys", "", "keys that secrets and deliveries are under", 0, 0,
	    NULL, list_run, query_keys,
	    "kind id state secrets added_at retired_at",
	    "There is no key yet: \"postern keys rotate\" makes one." },
	{ LOOK, "publishing", "", "open transactions that have published", 0, 0,
	    NULL, list_run, query_publishing, NULL, "There is none." },
	{ LOOK, "shares", "", "by account: what it has, and waits for", 0, 0,
	    limit_alone, list_run, query_shares,
	    "name share in_flight waiting attempts places longest_wait",
	    "Nobody has anything, or waits for it." },
	{ LOOK, "status", "", "one screen of how things are", 0, 0,
	    status_options, status_run, NULL, NULL, NULL },
	{ LOOK, "tail", "", "attempts as they are recorded, until Ctrl-C", 0, 0,
	    of_tail, tail_run, NULL, NULL, NULL },
	{ LOOK, "tasks", "", "large replays and cancellations that go on", 0, 0,
	    all_limit, list_run, query_tasks, NULL, "None goes on." },
	{ LOOK, "tokens", "[TOKEN-ID]",
	    "access tokens by id, never the token itself", 0, 1, of_account,
	    list_run, query_tokens,
	    "id account state scopes created_at expires_at",
	    "There is no valid token." },
	{ LOOK, "types", "[TYPE]", "the kinds of event", 0, 1, limit_alone,
	    list_run, query_types, "name description created_at archived_at",
	    "There is no event type yet." },
	{ LOOK, "webhooks", "[WEBHOOK]",
	    "where each goes, and whether it is enabled", 0, 1, of_webhooks,
	    list_run, query_webhooks, "id account url events state reason",
	    "There is no such webhook." },
	{ LOOK, "workers", "", "workers, and what each has in hand", 0, 0, NULL,
	    list_run, query_workers, NULL,
	    "No worker is connected: start postern-delivery." },

	{ CHANGE, "accounts create", "NAME", "make an account; prints its id",
	    1, 1, NULL, list_run, query_accounts_create, NULL, NULL },
	{ CHANGE, "accounts set", "ACCOUNT", "how much an account may have", 1,
	    1, of_accounts_set, list_run, query_accounts_set, NULL, NULL },
	{ CHANGE, "cancel", "[DELIVERY]",
	    "give up a delivery, or a webhook's of a time", 0, 1,
	    replay_options_cancel, cancel_run, NULL, NULL, NULL },
	{ CHANGE, "clients create", "ACCOUNT NAME",
	    "make a client; prints its id and secret, once", 2, 2, scopes_alone,
	    list_run, query_clients_create, NULL, NULL },
	{ CHANGE, "clients revoke", "CLIENT", "end a client and its tokens", 1,
	    1, NULL, list_run, query_clients_revoke, NULL, NULL },
	{ CHANGE, "disable", "WEBHOOK", "hold what goes to a webhook", 1, 1,
	    of_disable, list_run, query_disable, NULL, NULL },
	{ CHANGE, "enable", "WEBHOOK", "send again, and what was held", 1, 1,
	    NULL, list_run, query_enable, NULL, NULL },
	{ CHANGE, "hours always", "", "no hours and no holidays", 0, 0, NULL,
	    list_run, query_hours_always, NULL, NULL },
	{ CHANGE, "hours close", "DAY", "make a day a holiday", 1, 1, of_close,
	    list_run, query_hours_close, NULL, NULL },
	{ CHANGE, "hours open", "DAY", "a day is no holiday", 1, 1, NULL,
	    list_run, query_hours_open, NULL, NULL },
	{ CHANGE, "hours set", "ZONE WINDOW...",
	    "open in these alone, such as 'mon-fri 08:00-18:00'", 2, 8, NULL,
	    list_run, query_hours_set, NULL, NULL },
	{ CHANGE, "keys add", "FILE.pub", "make a public half known", 1, 1,
	    NULL, keys_add_run, NULL, NULL, NULL },
	{ CHANGE, "keys retire", "KEY", "end a key, once another is in use", 1,
	    1, of_keys_retire, list_run, query_keys_retire, NULL, NULL },
	{ CHANGE, "keys rotate", "KIND FILE",
	    "make a sealing or signing key; says what comes next", 2, 2, NULL,
	    keys_rotate_run, NULL, NULL, NULL },
	{ CHANGE, "maintain", "", "make partitions, remove what is old", 0, 0,
	    NULL, list_run, query_maintain, NULL, NULL },
	{ CHANGE, "release", "WORKER", "owe again what a worker that hangs has",
	    1, 1, dry_run_alone, list_run, query_release, NULL, NULL },
	{ CHANGE, "replay", "[DELIVERY]",
	    "send a delivery again, or a webhook's of a time", 0, 1,
	    replay_options, replay_run, NULL, NULL, NULL },
	{ CHANGE, "retention", "PERIOD", "how long messages are kept", 1, 1,
	    dry_run_alone, list_run, query_retention, NULL, NULL },
	{ CHANGE, "secrets import", "WEBHOOK FILE.pub [SECRET]",
	    "sign with a secret that the receiver has", 2, 3, NULL,
	    secrets_import_run, NULL, NULL, NULL },
	{ CHANGE, "setup", "", "make all that is missing; again is harmless", 0,
	    0, setup_options, setup_run, NULL, NULL, NULL },
	{ CHANGE, "skip", "WEBHOOK",
	    "give up what an ordered webhook waits for", 1, 1, NULL, list_run,
	    query_skip, NULL, NULL },
	{ CHANGE, "tokens issue", "ACCOUNT", "make a token; prints it, once", 1,
	    1, of_tokens_issue, list_run, query_tokens_issue, NULL, NULL },
	{ CHANGE, "tokens revoke", "TOKEN-ID", "refuse a token from now on", 1,
	    1, NULL, list_run, query_tokens_revoke, NULL, NULL },
	{ CHANGE, "trust-clock", "",
	    "the server's clock is right, if it jumped", 0, 0, NULL, list_run,
	    query_trust_clock, NULL, NULL },
	{ CHANGE, "types add", "TYPE", "let webhooks subscribe to a type", 1, 1,
	    of_types_add, list_run, query_types_add, NULL, NULL },
	{ CHANGE, "types archive", "TYPE", "publish a type no more", 1, 1, NULL,
	    list_run, query_types_archive, NULL, NULL },
	{ CHANGE, "types remove", "TYPE",
	    "remove an archived type that nothing refers to", 1, 1, NULL,
	    list_run, query_types_remove, NULL, NULL },
	{ CHANGE, "types rename", "TYPE NAME", "publish it by another name", 2,
	    2, NULL, list_run, query_types_rename, NULL, NULL },
	{ CHANGE, "webhooks set", "WEBHOOK", "its rate, how many, in order", 1,
	    1, of_webhooks_set, list_run, query_webhooks_set, NULL, NULL },

	{ DEVELOPERS, "api deliveries", "WEBHOOK",
	    "what was and will be sent to a webhook", 1, 1,
	    developer_deliveries, api_deliveries_run, NULL, NULL, NULL },
	{ DEVELOPERS, "api redeliver", "WEBHOOK DELIVERY",
	    "send a delivery again, now", 2, 2, developer_api,
	    api_redeliver_run, NULL, NULL, NULL },
	{ DEVELOPERS, "api replay", "WEBHOOK", "send again what failed", 1, 1,
	    developer_replay, api_replay_run, NULL, NULL, NULL },
	{ DEVELOPERS, "api types", "", "the kinds of event", 0, 0,
	    developer_list, api_types_run, NULL, NULL, NULL },
	{ DEVELOPERS, "api webhooks", "[WEBHOOK]", "the account's webhooks", 0,
	    1, developer_list, api_webhooks_run, NULL, NULL, NULL },
	{ DEVELOPERS, "listen", "",
	    "follow the account's events, and forward them", 0, 0,
	    developer_listen, listen_run, NULL, NULL, NULL },
	{ DEVELOPERS, "trigger", "TYPE",
	    "send an event, to see a receiver work", 1, 1, developer_trigger,
	    trigger_run, NULL, NULL, NULL },
	{ DEVELOPERS, "verify", "[REQUEST]",
	    "is a webhook's request genuine, and if not, why?", 0, 1,
	    developer_verify, verify_run, NULL, NULL, NULL },

	{ BOTH, "complete", "[WORD]...",
	    "the words that may come next: for shells", 0, COMMAND_OPERANDS_MAX,
	    NULL, complete_run, NULL, NULL, NULL },
	{ BOTH, "help", "[COMMAND]", "what there is, or about a command", 0, 2,
	    NULL, help_run, NULL, NULL, NULL },
	{ .name = NULL },
};
