/*
 * queries.h - the queries of the subcommands that only show what one returns.
 *
 * $1 and on are the operands, then the options, as text: see command.h.
 */
#ifndef POSTERN_QUERIES_H
#define POSTERN_QUERIES_H

extern const char query_accounts[];
extern const char query_accounts_create[];
extern const char query_accounts_set[];
extern const char query_attempts[];
extern const char query_clients[];
extern const char query_clients_create[];
extern const char query_clients_revoke[];
extern const char query_deliveries[];
extern const char query_disable[];
extern const char query_enable[];
extern const char query_failures[];
extern const char query_hours[];
extern const char query_hours_always[];
extern const char query_hours_close[];
extern const char query_hours_open[];
extern const char query_hours_set[];
extern const char query_keys[];
extern const char query_keys_retire[];
extern const char query_maintain[];
extern const char query_publishing[];
extern const char query_release[];
extern const char query_retention[];
extern const char query_shares[];
extern const char query_skip[];
extern const char query_tasks[];
extern const char query_tokens[];
extern const char query_tokens_issue[];
extern const char query_tokens_revoke[];
extern const char query_trust_clock[];
extern const char query_types[];
extern const char query_types_add[];
extern const char query_types_archive[];
extern const char query_types_remove[];
extern const char query_types_rename[];
extern const char query_webhooks[];
extern const char query_webhooks_set[];
extern const char query_workers[];

#endif
