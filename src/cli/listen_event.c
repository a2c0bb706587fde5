/* listen_event.c - what postern listen does with one event. */
#include "cli/listen_event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/json_text.h"
#include "cli/json_view.h"
#include "cli/output.h"
#include "cli/printable.h"

#define PAUSE_MS 500
#define PAUSE_MOST_MS 8000
#define TEXT_MAX 320
#define TIME_MAX 40
#define CLOCK_AT 11 /* of the time of day in 2026-11-24T08:43:31.794Z */
#define CLOCK_LENGTH 8

/* As much as the terminal has columns left for. */
static void
put(const char *text, size_t *room)
{
	size_t took = printable_put(stdout, text, *room);

	if (*room != PRINTABLE_ALL)
		*room -= took;
}

static void
show_line(const struct invocation *call, const struct event *event)
{
	struct grid_form form = output_form(call);
	size_t room = form.width == 0 || form.wide ? PRINTABLE_ALL : form.width;
	char at[TIME_MAX] = "", *data;

	json_view_string(event->timestamp, at, sizeof at);
	if (room != PRINTABLE_ALL && strlen(at) > CLOCK_AT + CLOCK_LENGTH) {
		memmove(at, at + CLOCK_AT, CLOCK_LENGTH);
		at[CLOCK_LENGTH] = '\0';
	}
	data = event->data.length == 0
	    ? NULL
	    : strndup(event->data.start, event->data.length);
	put(at, &room);
	put("  ", &room);
	put(event->type, &room);
	put("  ", &room);
	put(event->id, &room);
	put("  ", &room);
	put(data == NULL ? "" : data, &room);
	putchar('\n');
	free(data);
}

/* reply NULL: it was not forwarded. */
static void
show_json(const struct event *event, const struct web_reply *reply)
{
	char *whole = strndup(event->whole.start, event->whole.length);
	char text[TEXT_MAX];

	fputs("{\"event\":", stdout);
	json_text_copy(stdout, whole == NULL ? "null" : whole);
	free(whole);
	if (reply != NULL && reply->end == WEB_ANSWERED) {
		printf(",\"status\":%u,\"took_ms\":%u", reply->status,
		    reply->took_ms);
	} else if (reply != NULL) {
		forward_describe(reply, text, sizeof text);
		fputs(",\"error\":", stdout);
		json_text_string(stdout, text);
	}
	puts("}");
}

static void
show_reply(const struct web_reply *reply)
{
	char text[TEXT_MAX];

	forward_describe(reply, text, sizeof text);
	fputs("  -> ", stdout);
	printable_put(stdout, text, PRINTABLE_ALL);
	putchar('\n');
	fflush(stdout);
}

/* Whoever was sent it and says nothing in time has it, as far as we know. */
static bool
is_over(const struct web_reply *reply)
{
	return reply->end == WEB_ANSWERED || reply->end == WEB_TOO_LARGE ||
	    reply->end == WEB_TIMEOUT;
}

static bool
is_in_vain(const struct web_reply *reply)
{
	return reply->end == WEB_UNTRUSTED || reply->end == WEB_WRONG;
}

static enum listen_end
complain_in_vain(const struct listener *l, const struct web_reply *reply)
{
	output_complain("%s: %s", l->forward.url, reply->why);
	if (reply->end == WEB_UNTRUSTED)
		output_complain("--ca-file FILE names certificates to trust");
	return LISTEN_FAILED;
}

/*
 * Send it until it is answered, so that events stay in order. What is not is
 * said once.
 */
static enum listen_end
send_until_answered(struct listener *l, struct web_reply *reply)
{
	const struct text body = { l->last_body, l->last_length };
	unsigned pause = PAUSE_MS;
	char key;

	for (;; web_reply_clear(reply)) {
		forward_send(&l->forward, l->last_id, body, reply);
		if (is_over(reply))
			return LISTEN_DONE;
		if (reply->end == WEB_STOPPED)
			return LISTEN_STOPPED;
		if (is_in_vain(reply))
			return complain_in_vain(l, reply);
		if (pause == PAUSE_MS)
			output_note(l->call,
			    "  -> %s; it is sent until it is "
			    "answered",
			    reply->why);
		key = keyboard_wait(l->keyboard, pause);
		if (key == 'q' || keyboard_stopped(l->keyboard))
			return LISTEN_STOPPED;
		if (pause < PAUSE_MOST_MS)
			pause *= 2;
	}
}

static bool
remember(struct listener *l, const struct event *event)
{
	free(l->last_body);
	l->last_body = event_body(event, &l->last_length);
	snprintf(l->last_id, sizeof l->last_id, "%s", event->id);
	if (l->last_body == NULL)
		output_complain("%s: it is not an event as it should be",
		    event->id);
	return l->last_body != NULL;
}

enum listen_end
listen_event_handle(struct listener *listener, const struct event *event)
{
	bool table = output_is_table(listener->call);
	struct web_reply reply = { .end = WEB_WRONG };
	enum listen_end end = LISTEN_DONE;
	bool forwards = listener->forward.url != NULL;

	if (!remember(listener, event))
		return LISTEN_FAILED;
	if (table)
		show_line(listener->call, event);
	fflush(stdout);
	if (forwards)
		end = send_until_answered(listener, &reply);
	if (end == LISTEN_DONE && !table)
		show_json(event, forwards ? &reply : NULL);
	else if (end == LISTEN_DONE && forwards)
		show_reply(&reply);
	web_reply_clear(&reply);
	fflush(stdout);
	return end;
}

static void
send_again(struct listener *l)
{
	struct web_reply reply;

	if (l->forward.url == NULL || l->last_body == NULL) {
		output_note(l->call,
		    l->forward.url == NULL
			? "There is nowhere to send it: --forward URL"
			: "There is none yet.");
		return;
	}
	output_note(l->call, "%s again", l->last_id);
	forward_send(&l->forward, l->last_id,
	    (struct text){ l->last_body, l->last_length }, &reply);
	if (output_is_table(l->call))
		show_reply(&reply);
	web_reply_clear(&reply);
}

bool
listen_event_key(struct listener *listener, char key)
{
	if (key == 'r')
		send_again(listener);
	return key != 'q';
}

void
listen_event_clear(struct listener *listener)
{
	free(listener->last_body);
	listener->last_body = NULL;
}
