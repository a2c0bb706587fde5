/* trigger.c - postern trigger: sends an event, to see a receiver work. */
#include "cli/trigger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include <sodium.h>

#include "common/id.h"
#include "common/option_table.h"

#include "cli/api.h"
#include "cli/event.h"
#include "cli/forward.h"
#include "cli/json_text.h"
#include "cli/json_view.h"
#include "cli/listen_setup.h"
#include "cli/output.h"
#include "cli/trigger_publish.h"

#define TEST_TYPE "postern.test"
#define SECONDS 30
#define WHY_MAX 512
#define CURSOR_MAX 257
#define TIME_MAX 40

/* A type's name has nothing in it that JSON would have to escape. */
static bool
is_type(const char *type)
{
	return *type != '\0' && strlen(type) < EVENT_TYPE_MAX &&
	    strspn(type,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789_.:-") == strlen(type);
}

static int
post_test(const struct invocation *call, const char *webhook)
{
	struct api *api = NULL;
	struct web_reply reply = { .end = WEB_WRONG };
	char path[API_PATH_MAX], id[EVENT_ID_MAX];
	int status;

	if (strcmp(call->operands[0], TEST_TYPE) != 0) {
		output_complain("to a webhook the API sends " TEST_TYPE
				" alone; --forward URL sends what you like to "
				"a receiver of yours");
		return EXIT_USAGE;
	}
	if (webhook[strspn(webhook, "0123456789abcdefABCDEF-")] != '\0' ||
	    strlen(webhook) > ID_UUID_LENGTH) {
		output_complain("--webhook: must be an id; \"postern api "
				"webhooks\" lists them");
		return EXIT_USAGE;
	}
	snprintf(path, sizeof path, "/v1/webhooks/%s/test", webhook);
	status = api_open(call, &api);
	if (status == EXIT_SUCCESS)
		status = api_ask(api, "POST", path, "{}", &reply);
	if (status == EXIT_SUCCESS && !output_is_table(call)) {
		json_text_copy(stdout, reply.body);
		putchar('\n');
	} else if (status == EXIT_SUCCESS) {
		json_view_string(json_view_member((struct text){ reply.body,
						      reply.length },
				     "message_id"),
		    id, sizeof id);
		output_note(call,
		    "%s is on its way; \"postern api deliveries %s\" shows "
		    "what becomes of it.",
		    id, webhook);
	}
	web_reply_clear(&reply);
	api_close(api);
	return status;
}

/* The example of a type on this page, to be freed, or NULL. */
static char *
example_on_page(const struct web_reply *reply, const char *type,
    char cursor[CURSOR_MAX], bool *found)
{
	struct text page = { reply->body, reply->length }, element, example;
	struct text list = json_view_member(page, "data");
	char name[EVENT_TYPE_MAX];

	json_view_string(json_view_member(page, "next_cursor"), cursor,
	    CURSOR_MAX);
	while (!*found && json_view_next(&list, &element)) {
		json_view_string(json_view_member(element, "name"), name,
		    sizeof name);
		*found = strcmp(name, type) == 0;
		example = json_view_member(element, "example");
		if (*found && example.length > 0 && example.start[0] != 'n')
			return strndup(example.start, example.length);
	}
	return NULL;
}

/* What the API says that an event of this type is like; {} if it does not. */
static int
ask_for_example(const struct invocation *call, const char *type, char **data)
{
	struct api *api = NULL;
	char cursor[CURSOR_MAX] = "";
	bool found = false;
	int status = api_open(call, &api);

	while (status == EXIT_SUCCESS && !found && *data == NULL) {
		char path[API_PATH_MAX] = "/v1/event-types?limit=100";
		struct web_reply reply;

		if (*cursor != '\0')
			api_add(path, "cursor", cursor);
		status = api_ask(api, "GET", path, NULL, &reply);
		if (status == EXIT_SUCCESS)
			*data = example_on_page(&reply, type, cursor, &found);
		web_reply_clear(&reply);
		if (*cursor == '\0')
			break;
	}
	api_close(api);
	if (status == EXIT_SUCCESS && !found) {
		output_complain("%s: there is no such event type; \"postern "
				"api types\" lists them",
		    type);
		return EXIT_FAILURE;
	}
	if (status == EXIT_SUCCESS && *data == NULL)
		*data = strdup("{}");
	return status;
}

static int
find_data(const struct invocation *call, char **data)
{
	const char *given = invocation_value(call, "data");

	if (given == NULL)
		return ask_for_example(call, call->operands[0], data);
	*data = strdup(given);
	return EXIT_SUCCESS;
}

/* That of --secret-file, or the one that postern listen forwards there with. */
static int
find_key(const struct invocation *call, char key[SECRET_TEXT_LENGTH + 1])
{
	char url[API_URL_MAX], name[LISTEN_STATE_NAME_MAX], why[WHY_MAX];
	struct listen_state state;
	int status;

	if (invocation_value(call, "secret-file") != NULL)
		return listen_setup_key(call, key) ? EXIT_SUCCESS : EXIT_USAGE;
	status = api_find(call, url);
	if (status != EXIT_SUCCESS)
		return status;
	listen_state_name(url, invocation_value(call, "forward"), name);
	if (!listen_state_peek(name, &state, why, sizeof why)) {
		output_complain("%s", why);
		return EXIT_FAILURE;
	}
	memcpy(key, state.key, sizeof state.key);
	sodium_memzero(&state, sizeof state);
	return EXIT_SUCCESS;
}

/* As event_body() of events.sql does. To be freed. */
static char *
make_body(const char *type, const char *data, size_t *length)
{
	char at[TIME_MAX], *body = NULL;
	struct timeval now;
	struct tm tm;
	int n;

	gettimeofday(&now, NULL);
	if (gmtime_r(&now.tv_sec, &tm) == NULL ||
	    strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		return NULL;
	n = asprintf(&body,
	    "{\"type\":\"%s\",\"timestamp\":\"%s.%03dZ\",\"data\":%s}", type,
	    at, (int)(now.tv_usec / 1000), data);
	*length = n < 0 ? 0 : (size_t)n;
	return n < 0 ? NULL : body;
}

static int
say_reply(const struct invocation *call, const char *id,
    const struct web_reply *reply)
{
	char text[WHY_MAX];

	forward_describe(reply, text, sizeof text);
	if (output_is_table(call))
		output_note(call, "%s %s -> %s", call->operands[0], id, text);
	else
		printf("{\"message_id\":\"%s\",\"status\":%u}\n", id,
		    reply->status);
	if (reply->end != WEB_ANSWERED)
		return EXIT_AWAY;
	return reply->status >= 200 && reply->status <= 299 ? EXIT_SUCCESS
							    : EXIT_FAILURE;
}

static int
send_event(const struct invocation *call, const char *url, const char *key,
    const char *data)
{
	const char *ca_file = invocation_value(call, "ca-file");
	unsigned char bytes[ID_BYTES];
	char id[EVENT_ID_MAX] = "msg_";
	struct web_reply reply = { .end = WEB_WRONG, .why = "out of memory" };
	struct text body = { NULL, 0 };
	struct forward forward = { .web = web_open(ca_file),
		.url = url,
		.key = key,
		.seconds = SECONDS,
		.stop = -1 };
	char *text = make_body(call->operands[0], data, &body.length);
	int status;

	id_make(bytes);
	id_text(bytes, id + strlen(id));
	body.start = text;
	output_note(call, "Signed with %s", key);
	if (forward.web != NULL && text != NULL)
		forward_send(&forward, id, body, &reply);
	status = say_reply(call, id, &reply);
	web_reply_clear(&reply);
	web_close(forward.web);
	free(text);
	return status;
}

static int
forward_event(const struct invocation *call, const char *url)
{
	char key[SECRET_TEXT_LENGTH + 1] = "";
	char *data = NULL;
	int status = EXIT_USAGE;

	if (!web_is_url(url))
		output_complain("--forward: must be a URL, "
				"http://localhost:3000/hook");
	else
		status = find_key(call, key);
	if (status == EXIT_SUCCESS)
		status = find_data(call, &data);
	if (status == EXIT_SUCCESS)
		status = send_event(call, url, key, data == NULL ? "{}" : data);
	sodium_memzero(key, sizeof key);
	free(data);
	return status;
}

int
trigger_run(const struct invocation *call)
{
	const char *account = invocation_value(call, "account");
	const char *webhook = invocation_value(call, "webhook");
	const char *forward = invocation_value(call, "forward");
	const char *data = invocation_value(call, "data");

	if (sodium_init() == -1)
		return EXIT_FAILURE;
	if (!is_type(call->operands[0]))
		output_complain("%s: is not the name of an event type",
		    call->operands[0]);
	else if ((account != NULL) + (webhook != NULL) + (forward != NULL) != 1)
		output_complain("where to? --webhook ID, which the service "
				"sends " TEST_TYPE " to, --forward URL, or, by "
				"SQL, --account ACCOUNT");
	else if (webhook != NULL && data != NULL)
		output_complain("--data goes with the others: to a webhook the "
				"API sends a test that has none");
	else if (data != NULL &&
	    !json_view_whole((struct text){ data, strlen(data) }))
		output_complain("--data: must be JSON");
	else if (account != NULL)
		return trigger_publish(call, account);
	else
		return webhook != NULL ? post_test(call, webhook)
				       : forward_event(call, forward);
	return EXIT_USAGE;
}
