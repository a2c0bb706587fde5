/* routes.c - what the program answers to: a row for each method and path. */
#include "responder/routes.h"

#include "responder/api.h"
#include "responder/oauth.h"
#include "responder/register.h"

#define WEBHOOK "/v1/webhooks/{}"
#define DELIVERIES WEBHOOK "/deliveries"

#define OPERATION(...) &(const struct operation){ __VA_ARGS__ }

const struct route routes[] = {
	{ "POST", "/v1/webhooks/register", register_handle, NULL },
	{ "GET", "/v1/webhooks", api_handle, OPERATION(
	    .sql = API_SQL("api_list_webhooks"),
	    .names = { "limit", "cursor" }) },
	{ "GET", WEBHOOK, api_handle, OPERATION(
	    .sql = API_SQL("api_get_webhook")) },
	{ "PATCH", WEBHOOK, api_handle, OPERATION(
	    .sql = API_SQL("api_change_webhook"),
	    .names = { "url", "events", "enabled", "description", "rate",
	    "ordered" }) },
	{ "DELETE", WEBHOOK, api_handle, OPERATION(
	    .sql = API_SQL("api_delete_webhook")) },
	{ "POST", WEBHOOK "/rotate-secret", api_handle, OPERATION(
	    .sql = API_SQL("api_rotate_secret"),
	    .names = { "overlap_seconds" }, .makes_secret = true) },
	{ "POST", WEBHOOK "/test", api_handle, OPERATION(
	    .sql = API_SQL("api_test_webhook")) },
	{ "GET", DELIVERIES, api_handle, OPERATION(
	    .sql = API_SQL("api_list_deliveries"),
	    .names = { "limit", "cursor", "state", "since", "until" }) },
	{ "POST", DELIVERIES "/{}/redeliver", api_handle, OPERATION(
	    .sql = API_SQL("api_redeliver")) },
	{ "POST", WEBHOOK "/replay", api_handle, OPERATION(
	    .sql = API_SQL("api_replay"),
	    .names = { "since", "until", "sent_too" }) },
	{ "GET", "/v1/event-types", api_handle, OPERATION(
	    .sql = API_SQL("api_list_event_types"),
	    .names = { "limit", "cursor" }) },
	{ "GET", "/v1/events", api_handle, OPERATION(
	    .sql = API_SQL("api_list_events"),
	    .names = { "limit", "cursor" }) },
	{ "POST", "/oauth/token", oauth_token, NULL },
	{ "POST", "/oauth/revoke", oauth_revoke, NULL },
	{ "GET", "/.well-known/oauth-authorization-server", oauth_describe,
	  NULL },
	{ "GET", "/.well-known/webhook-keys", api_handle_public, OPERATION(
	    .sql = "SELECT postern.api_webhook_keys()") },
	{ NULL, NULL, NULL, NULL },
};
