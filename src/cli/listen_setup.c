/* listen_setup.c - what postern listen needs before it can follow events. */
#include "cli/listen_setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "common/option_table.h"

#include "cli/moment.h"
#include "cli/output.h"
#include "cli/slurp.h"

#define FORWARD_SECONDS 30
#define NAME_MAX_BYTES 40
#define WHY_MAX 512
#define KEY_FILE_MAX 256

bool
listen_setup_key(const struct invocation *call,
    char key[SECRET_TEXT_LENGTH + 1])
{
	const char *path = invocation_value(call, "secret-file");
	unsigned char bytes[SECRET_READ_MAX];
	char why[WHY_MAX], *text;
	const char *wrong;
	size_t length, n;

	if (path == NULL)
		return true;
	text = slurp_file(path, KEY_FILE_MAX, false, &length, why, sizeof why);
	if (text == NULL) {
		output_complain("%s", why);
		return false;
	}
	n = strcspn(text, " \t\r\n");
	wrong = secret_read((struct text){ text, n }, bytes, &length);
	if (wrong == NULL && n > SECRET_TEXT_LENGTH)
		wrong = "it has over 32 bytes";
	if (wrong != NULL)
		output_complain("%s: %s", path, wrong);
	else
		snprintf(key, SECRET_TEXT_LENGTH + 1, "%.*s", (int)n, text);
	sodium_memzero(text, strlen(text));
	sodium_memzero(bytes, sizeof bytes);
	free(text);
	return wrong == NULL;
}

static bool
check_options(const struct invocation *call)
{
	const char *forward = invocation_value(call, "forward");
	const char *name = invocation_value(call, "name");
	const char *since = invocation_value(call, "since");
	char moment[MOMENT_MAX];

	if (call->globals[GLOBAL_CSV] != NULL)
		output_complain("--csv: events are lines of text, or of JSON");
	else if (forward != NULL && !web_is_url(forward))
		output_complain("--forward: must be a URL, "
				"http://localhost:3000/hook");
	else if (name != NULL &&
	    (*name == '\0' || strlen(name) > NAME_MAX_BYTES ||
		name[strspn(name,
		    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		    "0123456789_-")] != '\0'))
		output_complain("--name: must be letters, digits, - and _");
	else if (since != NULL && !moment_read(since, 0, moment))
		output_complain("--since: must be \"2 hours ago\" or a time "
				"such as 2026-11-24T08:00:00Z");
	else
		return true;
	return false;
}

static int
open_state(const struct invocation *call, struct listen_setup *s)
{
	const char *forward = invocation_value(call, "forward");
	const char *given = invocation_value(call, "name");
	char name[LISTEN_STATE_NAME_MAX], why[WHY_MAX];

	listen_state_name(api_url(s->api), forward == NULL ? "" : forward,
	    name);
	if (given != NULL)
		snprintf(name, sizeof name, "listen-by-name-%s", given);
	s->file = listen_state_open(name, &s->state, why, sizeof why);
	if (s->file != NULL)
		return EXIT_SUCCESS;
	output_complain("%s", why);
	return EXIT_FAILURE;
}

/* Where it begins if it has not been here before, by the server's clock. */
static int
begin(const struct invocation *call, struct listen_setup *s)
{
	const char *since = invocation_value(call, "since");
	struct web_reply reply;
	long long now;
	char why[WHY_MAX];
	int status =
	    api_ask(s->api, "GET", "/v1/event-types?limit=1", NULL, &reply);

	if (!moment_of_date(reply.date, &now))
		now = time(NULL);
	web_reply_clear(&reply);
	if (status != EXIT_SUCCESS)
		return status;
	if (invocation_value(call, "anew") != NULL)
		*s->state.cursor = *s->state.last = *s->state.since = '\0';
	if (*s->state.cursor == '\0' && *s->state.since == '\0' &&
	    !moment_read(since == NULL ? "now" : since, now, s->state.since))
		return EXIT_USAGE;
	if (listen_state_save(s->file, &s->state, why, sizeof why))
		return EXIT_SUCCESS;
	output_complain("%s", why);
	return EXIT_FAILURE;
}

int
listen_setup_open(const struct invocation *call, struct listen_setup *setup)
{
	int status;

	if (!check_options(call))
		return EXIT_USAGE;
	status = api_open(call, &setup->api);
	if (status == EXIT_SUCCESS)
		status = open_state(call, setup);
	if (status == EXIT_SUCCESS)
		status = begin(call, setup);
	if (status != EXIT_SUCCESS)
		return status;
	/* not earlier: what was asked until here may be ended by Ctrl-C */
	setup->keyboard = keyboard_open();
	if (setup->keyboard == NULL) {
		output_complain("out of memory");
		return EXIT_FAILURE;
	}
	api_stop_by(setup->api, keyboard_stop(setup->keyboard));
	setup->forward = (struct forward){ .web = api_web(setup->api),
		.url = invocation_value(call, "forward"),
		.key = setup->key,
		.seconds = FORWARD_SECONDS,
		.stop = keyboard_stop(setup->keyboard) };
	memcpy(setup->key, setup->state.key, sizeof setup->key);
	return listen_setup_key(call, setup->key) ? EXIT_SUCCESS : EXIT_USAGE;
}

void
listen_setup_close(struct listen_setup *setup)
{
	keyboard_close(setup->keyboard);
	api_close(setup->api);
	listen_state_close(setup->file);
	sodium_memzero(setup, sizeof *setup);
}
