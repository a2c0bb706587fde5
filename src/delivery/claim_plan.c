/* claim_plan.c - where the next claim looks, and for whom. */
#include "delivery/claim_plan.h"

#include <limits.h>
#include <string.h>

#define PER_VISIT 8 /* deliveries, at least: for so few, a visit is dear */

bool
claim_plan_init(struct claim_plan *p)
{
	*p = (struct claim_plan){ .owing = owing_open() };
	return p->owing != NULL;
}

void
claim_plan_clear(struct claim_plan *p)
{
	owing_close(p->owing);
	p->owing = NULL;
}

void
claim_plan_restart(struct claim_plan *p)
{
	owing_forget(p->owing);
	*p = (struct claim_plan){ .owing = p->owing };
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool
has_room(const unsigned char account[ID_BYTES], const void *arg)
{
	return prefetch_may_claim(arg, account);
}

/*
 * While the tail is clogged a claim begins where the last one stopped, or it
 * would pass the same again, but for one now and then, for what came late.
 */
static int64_t
choose_low(struct claim_plan *p, long long now_ms)
{
	int64_t low = scan_cursor_low(&p->cursor, now_ms);

	if (low != 0 && p->ahead > low &&
	    now_ms - p->back_ms < SCAN_CURSOR_LATE_MS)
		return p->ahead;
	p->back_ms = now_ms;
	return low;
}

static void
plan_laps(struct claim_plan *p, struct claim_order *o, long long now_ms)
{
	struct claim_lap *lap = o->low == 0 ? &p->thorough_lap : &p->lap;

	if (o->low == 0 && !p->lanes.on && now_ms >= p->lanes.next_ms) {
		p->lanes.on = true;
		p->lanes.at = INT64_MIN;
		p->lanes.began_ms = now_ms;
	}
	o->past = lap->on ? lap->at : NULL;
	o->lanes_low = p->lanes.on ? &p->lanes.at : NULL;
}

const struct claim_order *
claim_plan_begin(struct claim_plan *p, const struct prefetch *hand,
    long long now_ms)
{
	struct claim_order *o = &p->order;
	struct owing_judge judge = { has_room, hand };

	o->low = choose_low(p, now_ms);
	o->wanted =
	    least(prefetch_rooms(hand).of[PREFETCH_ALL], CLAIM_PLAN_MAX);
	o->visit_count = owing_choose(p->owing, now_ms, &judge, o->visits,
	    least(o->wanted / PER_VISIT + 1, CLAIM_PLAN_VISITS));
	o->owing = p->owing;
	o->other_count =
	    owing_list_others(p->owing, o->others, CLAIM_PLAN_OTHERS);
	plan_laps(p, o, now_ms);
	return o;
}

void
claim_plan_fail(struct claim_plan *p)
{
	owing_undo(p->owing);
}

static void
advance_tail(struct claim_plan *p, const struct claim_row_summary *s)
{
	if (!s->clogged)
		p->ahead = 0;
	else if (s->high > p->ahead)
		p->ahead = s->high;
}

/*
 * A lap is over that began so long after top was the highest id that it saw
 * what committed late as well: all accounts with ids up to there are known.
 */
static void
jump_tail(struct claim_plan *p, struct claim_lap *lap)
{
	if (lap->top == 0 || lap->began_ms - lap->top_ms < SCAN_CURSOR_LATE_MS)
		return;
	scan_cursor_jump(&p->cursor, lap->top);
	lap->top = 0;
}

/* A new one begins if there is still too much before the others'. */
static void
begin_lap(struct claim_lap *lap, const struct claim_row_summary *s,
    long long now_ms)
{
	if (!s->clogged) {
		lap->top = 0;
	} else if (lap->top == 0) {
		lap->top = s->top;
		lap->top_ms = now_ms;
	}
	lap->on = s->clogged || s->lanes_go_on;
	lap->began_ms = now_ms;
	memset(lap->at, 0, ID_BYTES);
}

static void
advance_lap(struct claim_plan *p, const struct claim_row_summary *s,
    long long now_ms)
{
	bool thorough = p->order.low == 0;
	struct claim_lap *lap = thorough ? &p->thorough_lap : &p->lap;

	if (s->lap_goes_on) {
		memcpy(lap->at, s->lap_at, ID_BYTES);
		return;
	}
	if (lap->on && !thorough)
		jump_tail(p, lap);
	begin_lap(lap, s, now_ms);
}

static void
advance_lanes(struct claim_lanes_lap *lanes, const struct claim_row_summary *s,
    long long now_ms)
{
	if (s->lanes_go_on) {
		if (!lanes->on)
			lanes->began_ms = now_ms;
		lanes->on = true;
		lanes->at = s->lanes_at;
	} else if (lanes->on) {
		lanes->on = false;
		lanes->next_ms = now_ms +
		    CLAIM_PLAN_LANES_SHARE * (now_ms - lanes->began_ms);
	}
}

/* Did the visits take so much that they may not all have had a turn? */
static bool
are_visits_full(const struct claim_order *o, size_t served)
{
	return 4 * served >= o->wanted;
}

static void
settle_visits(struct claim_plan *p, const struct claim_answer *answer,
    long long began_ms, long long now_ms)
{
	size_t served = 0;

	for (const struct attempt *a = answer->taken; a != NULL; a = a->next)
		served += owing_served(p->owing, a->account);
	for (size_t i = 0; i < answer->more_count; i++)
		owing_note(p->owing, &answer->more[i]);
	owing_settle(p->owing, are_visits_full(&p->order, served), began_ms,
	    now_ms);
}

static long long
choose_next(const struct claim_plan *p, const struct claim_answer *answer,
    long long now_ms)
{
	long long at = owing_wake_ms(p->owing),
		  paced = now_ms + CLAIM_PLAN_PACE_MS;

	if (answer->taken != NULL || answer->summary.fresh > 0)
		return now_ms;
	/* a thorough read that was clogged has not come to what is new */
	if (p->order.low == 0 && answer->summary.clogged &&
	    scan_cursor_low(&p->cursor, now_ms) != 0)
		return now_ms;
	if (at <= now_ms)
		return now_ms;
	if (p->lanes.on || p->lap.on || answer->summary.backlogs > 0)
		return paced;
	/* those whose rest is over by then are visited together */
	return at < paced ? paced : at;
}

long long
claim_plan_end(struct claim_plan *p, const struct claim_answer *answer,
    long long began_ms, long long now_ms)
{
	const struct claim_row_summary *s = &answer->summary;

	scan_cursor_advance(&p->cursor, p->order.low, s->high, began_ms,
	    now_ms);
	advance_tail(p, s);
	advance_lap(p, s, now_ms);
	advance_lanes(&p->lanes, s, now_ms);
	settle_visits(p, answer, began_ms, now_ms);
	return choose_next(p, answer, now_ms);
}
