/* routes.c - the routes: a row for each method and path. */
#include "responder/routes.h"

#include "responder/handle_api.h"
#include "responder/handle_health.h"
#include "responder/handle_metrics.h"
#include "responder/handle_oauth.h"
#include "responder/handle_publish.h"
#include "responder/handle_register.h"
#include "responder/message_body.h"
#include "responder/webhook_keys.h"

#define WEBHOOK "/v1/webhooks/{}"
#define DELIVERIES WEBHOOK "/deliveries"

/* What a client may say of a webhook when it makes or changes one. */
#define WEBHOOK_MEMBERS                                                     \
	"url", "events", "description", "rate", "ordered", "max_in_flight", \
	    "timeout", "headers", "filter"

#define OPERATION(...)            \
	&(const struct operation) \
	{                         \
		__VA_ARGS__       \
	}

const struct route routes[] = {
	{ "POST", "/v1/webhooks/register", handle_register, NULL },
	{ "POST", "/v1/messages", handle_publish,
	    OPERATION(.names = { "type", "data", "account", "idempotency_key",
			  "messages" },
		.body_max = MESSAGE_BODY_MAX) },
	{ "GET", "/v1/webhooks", handle_api,
	    OPERATION(.sql = API_SQL("list_webhooks"),
		.names = { "limit", "cursor" }) },
	{ "POST", "/v1/webhooks", handle_api,
	    OPERATION(.sql = API_SQL("create_webhook"),
		.names = { WEBHOOK_MEMBERS }, .makes_secret = true) },
	{ "GET", WEBHOOK, handle_api,
	    OPERATION(.sql = API_SQL("get_webhook")) },
	{ "PATCH", WEBHOOK, handle_api,
	    OPERATION(.sql = API_SQL("change_webhook"),
		.names = { WEBHOOK_MEMBERS, "enabled" }) },
	{ "DELETE", WEBHOOK, handle_api,
	    OPERATION(.sql = API_SQL("delete_webhook")) },
	{ "POST", WEBHOOK "/rotate-secret", handle_api,
	    OPERATION(.sql = API_SQL("rotate_secret"),
		.names = { "overlap_seconds" }, .makes_secret = true) },
	{ "POST", WEBHOOK "/test", handle_api,
	    OPERATION(.sql = API_SQL("test_webhook"), .publishes = true) },
	{ "GET", DELIVERIES, handle_api,
	    OPERATION(.sql = API_SQL("list_deliveries"),
		.names = { "limit", "cursor", "state", "since", "until" }) },
	{ "POST", DELIVERIES "/{}/redeliver", handle_api,
	    OPERATION(.sql = API_SQL("redeliver")) },
	{ "POST", WEBHOOK "/replay", handle_api,
	    OPERATION(.sql = API_SQL("replay"),
		.names = { "since", "until", "sent_too" }) },
	{ "GET", WEBHOOK "/replays/{}", handle_api,
	    OPERATION(.sql = API_SQL("get_replay")) },
	{ "GET", "/v1/event-types", handle_api,
	    OPERATION(.sql = API_SQL("list_event_types"),
		.names = { "limit", "cursor" }) },
	{ "GET", "/v1/events", handle_api,
	    OPERATION(.sql = API_SQL("list_events"),
		.names = { "limit", "cursor", "since" }) },
	{ "GET", "/v1/webhook-keys", handle_api,
	    OPERATION(.sql = API_SQL("get_webhook_keys"),
		.body = webhook_keys_body) },
	{ "POST", "/oauth/token", handle_oauth_token, NULL },
	{ "POST", "/oauth/revoke", handle_oauth_revoke, NULL },
	{ "GET", "/.well-known/oauth-authorization-server",
	    handle_oauth_metadata, NULL },
	{ "GET", "/.well-known/webhook-keys", handle_public,
	    OPERATION(.sql = "SELECT postern.api_webhook_keys()") },
	{ "GET", "/metrics", handle_metrics, NULL },
	{ "GET", "/healthz", handle_healthz, NULL },
	{ "GET", "/readyz", handle_readyz, NULL },
	{ NULL, NULL, NULL, NULL },
};
