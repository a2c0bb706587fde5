/* listen.c - postern listen: follows the account's events. */
#include "cli/listen.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "common/option_table.h"

#include "cli/api.h"
#include "cli/json_view.h"
#include "cli/listen_event.h"
#include "cli/listen_setup.h"
#include "cli/listen_state.h"
#include "cli/moment.h"
#include "cli/output.h"

#define IDLE_MS 1000
#define PAUSE_MS 500
#define PAUSE_MOST_MS 30000
#define RETRY_AFTER_MOST 300
#define PAGE "/v1/events?limit=100"

struct follower {
	struct listener listener;
	struct api *api;
	struct listen_state_file *file;
	struct listen_state state;
	const char *patterns;
	unsigned pause_ms; /* after the next failure; 0: none so far */
	int status;        /* to exit with, once it is over */
};

static bool
fail(struct follower *f, int status)
{
	f->status = status;
	return false;
}

/* As listen_state_save, or listen_state_note. */
static bool
save(struct follower *f,
    bool (*how)(struct listen_state_file *file,
	const struct listen_state *state, char *why, size_t why_size))
{
	char why[WEB_WHY_MAX];

	if (how(f->file, &f->state, why, sizeof why))
		return true;
	output_complain("%s", why);
	return fail(f, EXIT_FAILURE);
}

/* Whoever reads what is printed may have gone. */
static bool
is_read(struct follower *f)
{
	return !ferror(stdout) || fail(f, EXIT_FAILURE);
}

/* Let time pass; false: to end. */
static bool
rest(struct follower *f, unsigned ms)
{
	char key = keyboard_wait(f->listener.keyboard, ms);

	return listen_event_key(&f->listener, key) && is_read(f) &&
	    !keyboard_stopped(f->listener.keyboard);
}

/* The service is away, or has enough to do: say it once, and wait. */
static bool
wait_for_service(struct follower *f, const struct web_reply *reply)
{
	unsigned pause;

	if (f->pause_ms == 0 && reply->end == WEB_ANSWERED)
		output_complain("the API answers %u; trying again",
		    reply->status);
	else if (f->pause_ms == 0)
		output_complain("%s: %s; trying again", api_url(f->api),
		    reply->why);
	if (f->pause_ms < PAUSE_MOST_MS)
		f->pause_ms = f->pause_ms == 0 ? PAUSE_MS : 2 * f->pause_ms;
	pause = f->pause_ms;
	if (reply->retry_after > 0)
		pause = 1000 *
		    (reply->retry_after < RETRY_AFTER_MOST ? reply->retry_after
							   : RETRY_AFTER_MOST);
	return rest(f, pause);
}

static bool
is_passing(const struct web_reply *reply)
{
	if (reply->end == WEB_ANSWERED)
		return reply->status >= 500 || reply->status == 429;
	return reply->end == WEB_AWAY || reply->end == WEB_BROKEN ||
	    reply->end == WEB_TIMEOUT;
}

/* Is the last event that was done on the page? Then what precedes it was. */
static bool
was_here(const struct follower *f, struct text list)
{
	struct text element;
	struct event event;

	while (*f->state.last != '\0' && json_view_next(&list, &element))
		if (event_read(element, &event) &&
		    strcmp(event.id, f->state.last) == 0)
			return true;
	return false;
}

static bool
handle(struct follower *f, const struct event *event)
{
	struct listener *l = &f->listener;

	if (!listen_event_key(l, keyboard_wait(l->keyboard, 0)) ||
	    keyboard_stopped(l->keyboard))
		return false;
	switch (listen_event_handle(l, event)) {
	case LISTEN_DONE:
		break;
	case LISTEN_STOPPED:
		return false;
	case LISTEN_FAILED:
		return fail(f, EXIT_FAILURE);
	}
	if (!is_read(f))
		return false;
	snprintf(f->state.last, sizeof f->state.last, "%s", event->id);
	return save(f, listen_state_note);
}

/* Each event behind the last that was done; *any: there were some. */
static bool
handle_all(struct follower *f, struct text list, bool *any)
{
	bool skips = was_here(f, list);
	struct text element;
	struct event event;

	for (*any = false; json_view_next(&list, &element); *any = true) {
		if (!event_read(element, &event)) {
			output_complain("the answer has what is not an event");
			return fail(f, EXIT_FAILURE);
		}
		if (skips)
			skips = strcmp(event.id, f->state.last) != 0;
		else if (event_matches(event.type, f->patterns) &&
		    !handle(f, &event))
			return false;
	}
	return true;
}

static bool
handle_page(struct follower *f, const struct web_reply *reply)
{
	struct text page = { reply->body, reply->length };
	struct text list = json_view_member(page, "data");
	struct text next = json_view_member(page, "next_cursor");
	char cursor[LISTEN_STATE_TEXT_MAX];
	bool any;

	if (list.length == 0 || next.length == 0) {
		const struct web_reply half = { .end = WEB_BROKEN,
			.why = "its answer is not whole" };

		return wait_for_service(f, &half);
	}
	if (f->pause_ms > 0)
		output_complain("%s answers again", api_url(f->api));
	f->pause_ms = 0;
	if (!handle_all(f, list, &any))
		return false;
	if (json_view_string(next, cursor, sizeof cursor) &&
	    strcmp(cursor, f->state.cursor) != 0) {
		snprintf(f->state.cursor, sizeof f->state.cursor, "%s", cursor);
		*f->state.last = '\0';
		if (!save(f, listen_state_save))
			return false;
	}
	return any || rest(f, IDLE_MS);
}

/* Ask for what came since, and handle it; false: to end. */
static bool
take_turn(struct follower *f)
{
	char path[API_PATH_MAX] = PAGE;
	struct web_reply reply;
	bool more;

	/* since goes by clocks, which may differ: a cursor does without */
	if (*f->state.cursor != '\0')
		api_add(path, "cursor", f->state.cursor);
	else if (*f->state.since != '\0')
		api_add(path, "since", f->state.since);
	api_try(f->api, "GET", path, NULL, &reply);
	if (reply.end == WEB_STOPPED)
		more = false;
	else if (is_passing(&reply))
		more = wait_for_service(f, &reply);
	else if (api_judge(f->api, &reply) != EXIT_SUCCESS)
		more = fail(f, EXIT_FAILURE);
	else
		more = handle_page(f, &reply);
	web_reply_clear(&reply);
	return more;
}

static void
say_what_it_does(const struct follower *f)
{
	const struct invocation *call = f->listener.call;
	const struct forward *forward = &f->listener.forward;

	if (*f->state.cursor != '\0')
		output_note(call,
		    "Listening to %s, from where it was; --anew forgets that.",
		    api_url(f->api));
	else
		output_note(call, "Listening to %s, since %s.", api_url(f->api),
		    f->state.since);
	if (forward->url != NULL)
		output_note(call, "Forwarding to %s, signed with %s",
		    forward->url, forward->key);
	if (keyboard_has_keys(f->listener.keyboard))
		output_note(call, "r sends the last event again, q ends it.");
}

/* A reader that is gone ends it as it ends others: by SIGPIPE. */
static void
die_of_pipe(void)
{
	signal(SIGPIPE, SIG_DFL);
	raise(SIGPIPE);
}

static int
follow(const struct invocation *call, struct listen_setup *setup)
{
	struct follower f = { .listener = { .call = call,
				  .keyboard = setup->keyboard,
				  .forward = setup->forward },
		.api = setup->api,
		.file = setup->file,
		.state = setup->state,
		.patterns = invocation_value(call, "events"),
		.status = EXIT_SUCCESS };

	say_what_it_does(&f);
	while (take_turn(&f))
		;
	listen_event_clear(&f.listener);
	sodium_memzero(&f.state, sizeof f.state);
	return f.status;
}

int
listen_run(const struct invocation *call)
{
	struct listen_setup setup = { .api = NULL };
	int status;

	signal(SIGPIPE, SIG_IGN);
	status = listen_setup_open(call, &setup);
	if (status == EXIT_SUCCESS)
		status = follow(call, &setup);
	listen_setup_close(&setup);
	if (ferror(stdout))
		die_of_pipe();
	return status;
}
