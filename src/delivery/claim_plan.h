/*
 * claim_plan.h - where the next claim looks, and for whom.
 *
 * Pure but for memory. Each claim reads what was published last (the tail), in
 * the order of ids; visits accounts that are owed more than could be taken
 * (owing.h); and looks at backlogs that have come due. Beside that it goes on
 *
 * - with laps over the accounts, when there is so much before what some of them
 *   have that the tail is clogged, or so many backlogs are due; once these have
 *   been to all, the tail begins behind what there was;
 * - and, in thorough reads (scan_cursor.h), with a lap from the queue's start,
 *   and one over all backlogs that are due, for what was forgotten, came late,
 *   or was there before this worker.
 */
#ifndef POSTERN_CLAIM_PLAN_H
#define POSTERN_CLAIM_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "delivery/claim_rows.h"
#include "delivery/owing.h"
#include "delivery/prefetch.h"
#include "delivery/scan_cursor.h"

#define CLAIM_PLAN_MAX 256       /* deliveries of one claim */
#define CLAIM_PLAN_VISITS 32     /* accounts that one visits, at most */
#define CLAIM_PLAN_OTHERS 256    /* accounts that wait for a visit, so too */
#define CLAIM_PLAN_PACE_MS 10    /* until the next, when one took nothing */
#define CLAIM_PLAN_LANES_SHARE 4 /* a lap over all backlogs rests so long */

/* What to ask of a claim. */
struct claim_order {
	int64_t low; /* fresh ids above; 0: thorough */
	size_t wanted;
	struct owing_account visits[CLAIM_PLAN_VISITS];
	size_t visit_count;
	unsigned char others[CLAIM_PLAN_OTHERS][ID_BYTES]; /* owing as well */
	size_t other_count;
	const struct owing *owing;
	const unsigned char *past; /* the lap goes on after; NULL: none */
	const int64_t *lanes_low;  /* so over backlogs; NULL: none */
};

/* What it answered. */
struct claim_answer {
	struct claim_row_summary summary;
	const struct attempt *taken;
	const struct owing_account *more; /* accounts that have more */
	size_t more_count;
};

/* A lap over accounts. */
struct claim_lap {
	bool on;
	unsigned char at[ID_BYTES]; /* it goes on after this one */
	long long began_ms;
	int64_t top; /* the highest id that there was at top_ms; 0: not known */
	long long top_ms;
};

/* A lap over the backlogs that are due. */
struct claim_lanes_lap {
	bool on;
	int64_t at;
	long long began_ms, next_ms; /* it began, the next one may */
};

struct claim_plan {
	struct owing *owing;
	struct scan_cursor cursor;
	struct claim_lap lap, thorough_lap;
	struct claim_lanes_lap lanes;
	int64_t ahead;     /* the tail is clogged up to here; 0: it is not */
	long long back_ms; /* when a claim last began behind that */
	struct claim_order order;
};

/* False when memory is short. Pair with claim_plan_clear. */
MUST_CHECK bool claim_plan_init(struct claim_plan *p);
void claim_plan_clear(struct claim_plan *p);

/* As if nothing had been read yet: others may have been at it meanwhile. */
void claim_plan_restart(struct claim_plan *p);

/* What to ask next. It stays as it is until claim_plan_end. */
const struct claim_order *claim_plan_begin(struct claim_plan *p,
    const struct prefetch *hand, long long now_ms);

/* It failed. */
void claim_plan_fail(struct claim_plan *p);

/*
 * It was asked, from began_ms to now_ms. Returns when there may be more to
 * claim: LLONG_MAX: nothing is known of any.
 */
long long claim_plan_end(struct claim_plan *p,
    const struct claim_answer *answer, long long began_ms, long long now_ms);

#endif
