/* api_commands.c - what a client does by the API: look, test, send again. */
#include "cli/api_commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/option_table.h"

#include "cli/api.h"
#include "cli/api_list.h"
#include "cli/json_text.h"
#include "cli/json_view.h"
#include "cli/moment.h"
#include "cli/output.h"

#define ID_MAX 64
#define BODY_MAX 512

static const struct grid_column webhook_columns[] = {
	{ .name = "id", .kind = GRID_WHOLE },
	{ .name = "url", .kind = GRID_TEXT },
	{ .name = "events", .kind = GRID_TEXT },
	{ .name = "enabled", .kind = GRID_BOOLEAN },
	{ .name = "reason", .kind = GRID_TEXT },
	{ .name = "description", .kind = GRID_TEXT, .hidden = true },
	{ .name = "rate", .kind = GRID_NUMBER, .hidden = true },
	{ .name = "max_in_flight", .kind = GRID_NUMBER, .hidden = true },
	{ .name = "ordered", .kind = GRID_BOOLEAN, .hidden = true },
	{ .name = "created_at", .kind = GRID_WHOLE, .hidden = true },
	{ .name = "updated_at", .kind = GRID_WHOLE, .hidden = true },
};

static const struct grid_column delivery_columns[] = {
	{ .name = "id", .kind = GRID_NUMBER },
	{ .name = "message_id", .kind = GRID_WHOLE },
	{ .name = "type", .kind = GRID_TEXT },
	{ .name = "state", .kind = GRID_WHOLE },
	{ .name = "created_at", .kind = GRID_WHOLE },
	{ .name = "next_attempt_at", .kind = GRID_WHOLE, .hidden = true },
	{ .name = "finished_at", .kind = GRID_WHOLE, .hidden = true },
	{ .name = "attempts", .kind = GRID_NUMBER },
};

static const struct grid_column type_columns[] = {
	{ .name = "name", .kind = GRID_WHOLE },
	{ .name = "description", .kind = GRID_TEXT },
	{ .name = "schema", .kind = GRID_TEXT, .hidden = true },
	{ .name = "example", .kind = GRID_TEXT, .hidden = true },
};

static const struct api_list webhooks = { webhook_columns,
	COUNT(webhook_columns), "The account has no webhook yet." };
static const struct api_list deliveries = { delivery_columns,
	COUNT(delivery_columns), "There is no such delivery." };
static const struct api_list types = { type_columns, COUNT(type_columns),
	"There is no event type yet." };

/* The path of a webhook, of hexadecimal digits and hyphens alone. */
static bool
webhook_path(const char *id, const char *rest, char path[API_PATH_MAX])
{
	size_t n = strspn(id, "0123456789abcdefABCDEF-");

	if (id[n] == '\0' && n > 0 && n < ID_MAX) {
		snprintf(path, API_PATH_MAX, "/v1/webhooks/%s%s", id, rest);
		return true;
	}
	output_complain("%s: is not a webhook's id; \"postern api webhooks\" "
			"lists them",
	    id);
	return false;
}

/* A time as people write it, to how the API takes it. */
static bool
read_time(const struct invocation *call, const char *option,
    char moment[MOMENT_MAX])
{
	const char *given = invocation_value(call, option);

	*moment = '\0';
	if (given == NULL || moment_read(given, time(NULL), moment))
		return true;
	output_complain("--%s: must be \"2 hours ago\" or a time such as "
			"2026-11-24T08:00:00Z",
	    option);
	return false;
}

static int
list_path(const struct invocation *call, const char *path,
    const struct api_list *list)
{
	struct api *api = NULL;
	int status = api_open(call, &api);

	if (status == EXIT_SUCCESS)
		status = api_list_print(call, api, path, list);
	api_close(api);
	return status;
}

static int
show_webhook(const struct invocation *call)
{
	struct api *api = NULL;
	struct web_reply reply = { .end = WEB_WRONG };
	char path[API_PATH_MAX];
	int status = EXIT_USAGE;

	if (webhook_path(call->operands[0], "", path))
		status = api_open(call, &api);
	if (status == EXIT_SUCCESS)
		status = api_ask(api, "GET", path, NULL, &reply);
	if (status == EXIT_SUCCESS)
		status = api_list_print_one(call,
		    (struct text){ reply.body, reply.length }, &webhooks);
	web_reply_clear(&reply);
	api_close(api);
	return status;
}

int
api_webhooks_run(const struct invocation *call)
{
	if (call->operand_count > 0)
		return show_webhook(call);
	return list_path(call, "/v1/webhooks", &webhooks);
}

int
api_deliveries_run(const struct invocation *call)
{
	char path[API_PATH_MAX], since[MOMENT_MAX], until[MOMENT_MAX];

	if (!webhook_path(call->operands[0], "/deliveries", path) ||
	    !read_time(call, "since", since) ||
	    !read_time(call, "until", until))
		return EXIT_USAGE;
	api_add(path, "state", invocation_value(call, "state"));
	api_add(path, "since", *since == '\0' ? NULL : since);
	api_add(path, "until", *until == '\0' ? NULL : until);
	return list_path(call, path, &deliveries);
}

int
api_types_run(const struct invocation *call)
{
	return list_path(call, "/v1/event-types", &types);
}

/* POST, and say what became of it, with the member of that name. */
static int
post(const struct invocation *call, const char *path, const char *body,
    const char *sentence, const char *member)
{
	struct api *api = NULL;
	struct web_reply reply = { .end = WEB_WRONG };
	char value[API_PATH_MAX];
	int status = api_open(call, &api);

	if (status == EXIT_SUCCESS)
		status = api_ask(api, "POST", path, body, &reply);
	if (status == EXIT_SUCCESS && output_is_table(call)) {
		json_view_string(json_view_member((struct text){ reply.body,
						      reply.length },
				     member),
		    value, sizeof value);
		output_note(call, "%s%s", sentence, value);
	} else if (status == EXIT_SUCCESS) {
		json_text_copy(stdout, reply.body);
		putchar('\n');
	}
	web_reply_clear(&reply);
	api_close(api);
	return status;
}

int
api_redeliver_run(const struct invocation *call)
{
	const char *delivery = call->operands[1];
	char path[API_PATH_MAX], rest[ID_MAX + 32];

	if (delivery[strspn(delivery, "0123456789")] != '\0' ||
	    strlen(delivery) >= ID_MAX) {
		output_complain("%s: is not a delivery's id; \"postern api "
				"deliveries WEBHOOK\" lists them",
		    delivery);
		return EXIT_USAGE;
	}
	snprintf(rest, sizeof rest, "/deliveries/%s/redeliver", delivery);
	if (!webhook_path(call->operands[0], rest, path))
		return EXIT_USAGE;
	return post(call, path, "{}", "It is sent again now: delivery ",
	    "delivery_id");
}

int
api_replay_run(const struct invocation *call)
{
	char path[API_PATH_MAX], since[MOMENT_MAX], until[MOMENT_MAX];
	char body[BODY_MAX];

	if (!webhook_path(call->operands[0], "/replay", path) ||
	    !read_time(call, "since", since) ||
	    !read_time(call, "until", until))
		return EXIT_USAGE;
	if (*since == '\0' || strpbrk(since, "\"\\") != NULL ||
	    strpbrk(until, "\"\\") != NULL) {
		output_complain("--since TIME says what to send again: what "
				"failed from then on");
		return EXIT_USAGE;
	}
	snprintf(body, sizeof body, "{\"since\":\"%s\"%s%s%s,\"sent_too\":%s}",
	    since, *until == '\0' ? "" : ",\"until\":\"", until,
	    *until == '\0' ? "" : "\"",
	    invocation_value(call, "sent-too") == NULL ? "false" : "true");
	return post(call, path, body,
	    "Deliveries that are sent again: ", "deliveries");
}
