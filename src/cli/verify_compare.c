/* verify_compare.c - was a request's body changed? */
#include "cli/verify_compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/option_table.h"

#include "cli/api.h"
#include "cli/event.h"
#include "cli/json_view.h"

#define PREFIX "msg_"
#define MESSAGE_DIGITS 32
#define TIME_DIGITS 12
#define TIME_MAX 32
#define PAGES_MOST 20 /* of events of the same second */
#define CURSOR_MAX 257
#define EXCERPT 24

bool
verify_compare_made_at(struct text id, long long *seconds)
{
	long long ms = 0;
	size_t prefix = strlen(PREFIX);

	if (id.length != prefix + MESSAGE_DIGITS ||
	    !text_starts_with(id, PREFIX))
		return false;
	for (size_t i = 0; i < MESSAGE_DIGITS; i++) {
		int value = text_hex_value(id.start[prefix + i]);

		if (value < 0)
			return false;
		if (i < TIME_DIGITS)
			ms = 16 * ms + value;
	}
	*seconds = ms / 1000;
	return true;
}

static void
set(struct signature_finding *finding, const char *cause, const char *text)
{
	finding->cause = cause;
	snprintf(finding->text, sizeof finding->text, "%s", text);
}

/* Some bytes of a body from there on, in quotes. */
static void
write_excerpt(struct text body, size_t from, char excerpt[EXCERPT + 16])
{
	size_t left = body.length - from;

	if (left == 0)
		snprintf(excerpt, EXCERPT + 16, "at its end");
	else
		snprintf(excerpt, EXCERPT + 16, "\"%.*s\"",
		    (int)(left < EXCERPT ? left : EXCERPT), body.start + from);
}

void
verify_compare_bodies(struct text sent, struct text came,
    struct signature_finding *finding)
{
	char was[EXCERPT + 16], is[EXCERPT + 16];
	size_t n = 0;

	while (n < sent.length && n < came.length &&
	    sent.start[n] == came.start[n])
		n++;
	if (n == sent.length && n == came.length) {
		set(finding, "key",
		    "The body is the one that was sent. So the secret is not "
		    "the one that signed it: it is another webhook's, or has "
		    "been replaced. Or webhook-timestamp was changed.");
		return;
	}
	write_excerpt(sent, n, was);
	write_excerpt(came, n, is);
	finding->cause = "body_changed";
	snprintf(finding->text, sizeof finding->text,
	    "The body was changed after it was sent: behind its first %zu "
	    "bytes it was %s, and is %s.",
	    n, was, is);
}

/* The event with this id on a page. */
static bool
find_on_page(struct text page, struct text id, struct event *event)
{
	struct text list = json_view_member(page, "data"), element;

	while (json_view_next(&list, &element))
		if (event_read(element, event) &&
		    strlen(event->id) == id.length &&
		    memcmp(event->id, id.start, id.length) == 0)
			return true;
	return false;
}

static void
judge(const struct event *event, struct text came,
    struct signature_finding *finding)
{
	size_t length = 0;
	char *body = event_body(event, &length);

	if (body != NULL)
		verify_compare_bodies((struct text){ body, length }, came,
		    finding);
	free(body);
}

/* Pages from that second on, until one has it. */
static int
search(struct api *api, struct text id, const char *since, struct text came,
    struct signature_finding *finding)
{
	char cursor[CURSOR_MAX] = "";
	int status = EXIT_SUCCESS;

	set(finding, "unknown_id",
	    "The account has no event with this webhook-id: it is another "
	    "account's, was changed, or is no longer kept.");
	for (unsigned i = 0; status == EXIT_SUCCESS && i < PAGES_MOST; i++) {
		char path[API_PATH_MAX] = "/v1/events?limit=100";
		char before[CURSOR_MAX];
		struct web_reply reply;
		struct event event;
		struct text page;

		memcpy(before, cursor, sizeof before);
		api_add(path, "since", since);
		if (*cursor != '\0')
			api_add(path, "cursor", cursor);
		status = api_ask(api, "GET", path, NULL, &reply);
		page = (struct text){ reply.body, reply.length };
		if (status == EXIT_SUCCESS && find_on_page(page, id, &event)) {
			judge(&event, came, finding);
			i = PAGES_MOST;
		}
		json_view_string(json_view_member(page, "next_cursor"), cursor,
		    sizeof cursor);
		web_reply_clear(&reply);
		if (strcmp(before, cursor) == 0)
			break;
	}
	return status;
}

static struct signature_finding *
open_question(struct signature_report *report)
{
	for (size_t i = 0; i < report->count; i++)
		if (strcmp(report->findings[i].cause, "key_or_body") == 0)
			return &report->findings[i];
	return NULL;
}

int
verify_compare(const struct invocation *call,
    const struct http_message *request, struct signature_report *report)
{
	struct signature_finding *finding = open_question(report);
	struct text id = http_message_value(request, "webhook-id", NULL);
	struct api *api = NULL;
	char since[TIME_MAX];
	long long seconds;
	struct tm tm;
	time_t at;
	int status;

	if (finding == NULL)
		return EXIT_SUCCESS;
	if (!verify_compare_made_at(id, &seconds)) {
		set(finding, "unknown_id",
		    "webhook-id is not one of Postern's: msg_ and 32 "
		    "hexadecimal digits.");
		return EXIT_SUCCESS;
	}
	at = (time_t)seconds;
	if (gmtime_r(&at, &tm) == NULL ||
	    strftime(since, sizeof since, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return EXIT_SUCCESS;
	status = api_open(call, &api);
	if (status == EXIT_SUCCESS)
		status = search(api, id, since, request->body, finding);
	api_close(api);
	return status;
}
