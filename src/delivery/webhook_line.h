/*
 * webhook_line.h - one webhook's attempts in hand: who waits, who is in flight.
 *
 * Pure. It also has what was learned of the webhook while it had some in hand:
 * its concurrency limit, how its last answer was, and whether it is slow now.
 *
 * It is judged by now, not by its last answer. A webhook whose oldest request
 * in flight has lasted four times as long as is usual for it, or LINE_SLOW_MS
 * when that is not known, has stalled. One that has, or whose oldest has lasted
 * LINE_SLOW_MS, is slow, and not proven until that request has ended.
 */
#ifndef POSTERN_WEBHOOK_LINE_H
#define POSTERN_WEBHOOK_LINE_H

#include <stdbool.h>

#include "delivery/attempt.h"
#include "delivery/concurrency_limit.h"
#include "delivery/id_table.h"

#define LINE_SLOW_MS 2000   /* who takes longer is not proven */
#define LINE_STALLED_MS 500 /* who takes less has not stalled */

struct webhook_line {
	struct id_entry entry;

	/* the user's: its account, and a ring of those that are ready */
	void *account;
	struct webhook_line *next, *before;
	unsigned ring; /* which */

	struct attempt *waiting, **waiting_end;
	unsigned waiting_count;
	struct attempt *oldest, *newest; /* in flight */
	unsigned in_flight;
	unsigned limit;   /* so many may be in flight */
	unsigned ceiling; /* and never more */
	struct concurrency_limit learned;
	bool judged;  /* an answer has told its standing */
	bool tripped; /* its last answer was a hard failure */
	enum standing standing;
};

/* An entry of zeros, with what is known of its limit in learned. */
void webhook_line_init(struct webhook_line *w);

/* By what was learned, and by what the webhook asks for; 0: nothing. */
void webhook_line_set_limit(struct webhook_line *w, unsigned per_webhook,
    unsigned max_in_flight);

/* Let an attempt wait, or take the one that waits for longest; NULL: none. */
void webhook_line_push(struct webhook_line *w, struct attempt *a,
    long long now_ms);
MUST_CHECK struct attempt *webhook_line_take(struct webhook_line *w);

/* Take all that wait but the first so many, linked. */
MUST_CHECK struct attempt *webhook_line_cut(struct webhook_line *w,
    unsigned but);

/* It is in flight from now on, with a place of this pool; it is no more. */
void webhook_line_start(struct webhook_line *w, struct attempt *a,
    enum standing place, long long now_ms);
void webhook_line_end(struct webhook_line *w, struct attempt *a);

/* Learn from how an attempt ended, which was in flight. */
void webhook_line_learn(struct webhook_line *w, struct attempt *a,
    long long now_ms);

/* Is it slow now, and has it stalled? */
bool webhook_line_is_slow(const struct webhook_line *w, long long now_ms);
bool webhook_line_has_stalled(const struct webhook_line *w, long long now_ms);

/* The standing of what would start next; something must wait. */
enum standing webhook_line_standing(const struct webhook_line *w,
    long long now_ms);

/* May one more be in flight, and does one wait? */
bool webhook_line_is_ready(const struct webhook_line *w);

#endif
