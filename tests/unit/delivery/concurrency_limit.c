/* concurrency_limit.c - the limit finds what each kind of receiver takes. */
#include "delivery/concurrency_limit.h"

#include <stdlib.h>

#include <criterion/criterion.h>

#define CEILING 128
#define SECOND 1000000LL

/* A receiver: so far away, with so many workers of so long, or any number. */
struct model {
	int away_us, service_us;
	unsigned workers;         /* 0: each request has its own */
	unsigned busy_above;      /* says 429 when it has more; 0: never */
	int spread;               /* some take up to so many times as long */
	long long slow_s, fast_s; /* between these it takes ten times as long */
};

/* What was seen while it was owed more than it takes. */
struct seen {
	unsigned lowest, highest; /* the limit */
	long long answers, busy;
	int slowest_us;
};

struct request {
	long long began_us, ends_us;
	unsigned beside;
	enum concurrency_news news;
};

struct world {
	struct model model;
	struct concurrency_limit limit;
	struct request requests[CEILING];
	unsigned in_flight;
	long long free_us[CEILING]; /* each worker of the receiver */
	long long now_us;
	unsigned random;
};

static struct world *
world_of(const struct model *model)
{
	struct world *w = calloc(1, sizeof *w);

	cr_assert_not_null(w);
	w->model = *model;
	w->random = 1;
	concurrency_limit_init(&w->limit, 0);
	return w;
}

static int
service_us(struct world *w)
{
	const struct model *m = &w->model;
	int us = m->service_us;

	w->random = w->random * 1103515245 + 12345;
	if (m->spread > 0 && (w->random >> 16) % 8 == 0)
		us *= 1 + (int)((w->random >> 20) % (unsigned)m->spread);
	if (w->now_us >= m->slow_s * SECOND && w->now_us < m->fast_s * SECOND)
		us *= 10;
	return us;
}

/* When the receiver begins with what comes now. */
static long long *
first_free(struct world *w)
{
	long long *first = &w->free_us[0];

	for (unsigned i = 0; i < w->model.workers; i++)
		if (w->free_us[i] < *first)
			first = &w->free_us[i];
	if (w->model.workers == 0 || *first < w->now_us)
		*first = w->now_us;
	return first;
}

static void
begin(struct world *w)
{
	struct request *r = &w->requests[w->in_flight++];
	const struct model *m = &w->model;
	long long *worker = first_free(w);

	r->began_us = w->now_us;
	r->beside = w->in_flight;
	r->news = CONCURRENCY_TAKEN;
	if (m->busy_above > 0 && w->in_flight > m->busy_above) {
		r->news = CONCURRENCY_BUSY;
		r->ends_us = w->now_us + m->away_us;
		return;
	}
	*worker += service_us(w);
	r->ends_us = *worker + m->away_us;
}

static void
end_first(struct world *w, struct seen *seen)
{
	struct request *first = w->requests, r;

	for (unsigned i = 1; i < w->in_flight; i++)
		if (w->requests[i].ends_us < first->ends_us)
			first = &w->requests[i];
	r = *first;
	*first = w->requests[--w->in_flight];
	w->now_us = r.ends_us;
	concurrency_limit_learn(&w->limit,
	    &(struct concurrency_answer){ .news = r.news,
		.latency_us = (int32_t)(r.ends_us - r.began_us),
		.began_ms = r.began_us / 1000,
		.beside = r.beside },
	    CEILING, w->now_us / 1000);
	seen->answers += r.news == CONCURRENCY_TAKEN;
	seen->busy += r.news == CONCURRENCY_BUSY;
	if (r.ends_us - r.began_us > seen->slowest_us)
		seen->slowest_us = (int)(r.ends_us - r.began_us);
}

/* Send all that may be for so long, as if there were no end of it. */
static struct seen
run(struct world *w, long long seconds)
{
	struct seen seen = { .lowest = CEILING };
	long long until = w->now_us + seconds * SECOND;

	while (w->now_us < until) {
		unsigned limit = concurrency_limit_get(&w->limit, CEILING);

		if (limit < seen.lowest)
			seen.lowest = limit;
		if (limit > seen.highest)
			seen.highest = limit;
		while (w->in_flight < limit)
			begin(w);
		end_first(w, &seen);
	}
	return seen;
}

Test(concurrency_limit, who_is_far_gets_the_ceiling_in_seconds)
{
	struct world *w =
	    world_of(&(struct model){ .away_us = 200000, .service_us = 1000 });
	struct seen seen = run(w, 2);

	cr_assert_eq(seen.lowest, CONCURRENCY_INITIAL);
	cr_assert_eq(seen.highest, CEILING);
	seen = run(w, 100);
	cr_assert_eq(seen.lowest, CEILING, "and keeps it");
	free(w);
}

/* Never idle, and what waits inside it waits no longer than it works. */
Test(concurrency_limit, who_has_so_many_workers_gets_as_many_and_half_more)
{
	static const unsigned workers[] = { 1, 2, 4, 8, 16, 40 };

	for (size_t i = 0; i < sizeof workers / sizeof *workers; i++) {
		unsigned k = workers[i];
		struct world *w = world_of(
		    &(struct model){ .service_us = 50000, .workers = k });
		struct seen seen;

		run(w, 35);
		seen = run(w, 60);
		cr_assert_leq(seen.highest, 2 * k + 2, "%u: %u", k,
		    seen.highest);
		cr_assert_leq(seen.slowest_us, 4 * 50000, "%u: %d us", k,
		    seen.slowest_us);
		cr_assert_geq(seen.answers * 100, 95 * 60 * 20 * (long long)k,
		    "%u: %lld", k, seen.answers);
		free(w);
	}
}

Test(concurrency_limit, at_first_a_queue_is_noticed_within_two_doublings)
{
	struct world *w =
	    world_of(&(struct model){ .service_us = 50000, .workers = 8 });
	struct seen seen = run(w, 4);

	cr_assert_leq(seen.highest, 4 * CONCURRENCY_INITIAL, "%u",
	    seen.highest);
	seen = run(w, 10);
	cr_assert_leq(seen.highest, 16, "%u", seen.highest);
	free(w);
}

Test(concurrency_limit, where_it_was_busy_it_is_not_tried_again_soon)
{
	struct world *w = world_of(&(struct model){ .away_us = 100000,
	    .service_us = 1000,
	    .busy_above = 20 });
	struct seen seen;

	run(w, 10);
	seen = run(w, 15);
	cr_assert_eq(seen.lowest, 20, "%u", seen.lowest);
	cr_assert_eq(seen.highest, 20, "%u", seen.highest);
	cr_assert_eq(seen.busy, 0);
	seen = run(w, 100);
	cr_assert_geq(seen.busy, 20, "but then it is, and again");
	cr_assert_leq(seen.busy * 20, seen.answers);
	free(w);
}

Test(concurrency_limit, who_is_slow_for_a_while_gets_little_and_then_all)
{
	struct world *w = world_of(&(struct model){ .away_us = 5000,
	    .service_us = 50000,
	    .slow_s = 10,
	    .fast_s = 20 });
	struct seen seen;

	seen = run(w, 10);
	cr_assert_eq(seen.highest, CEILING);
	seen = run(w, 10);
	cr_assert_leq(seen.lowest, 2, "%u", seen.lowest);
	run(w, 4);
	seen = run(w, 10);
	cr_assert_eq(seen.lowest, CEILING, "%u", seen.lowest);
	free(w);
}

Test(concurrency_limit, who_is_slower_for_good_gets_all_again)
{
	struct world *w = world_of(&(
	    struct model){ .service_us = 50000, .slow_s = 10, .fast_s = 1000 });
	struct seen seen;

	run(w, 40);
	seen = run(w, 10);
	cr_assert_eq(seen.lowest, CEILING, "%u", seen.lowest);
	free(w);
}

Test(concurrency_limit, a_second_of_trouble_costs_seconds)
{
	struct world *w = world_of(&(
	    struct model){ .service_us = 200000, .slow_s = 10, .fast_s = 11 });
	struct seen seen;

	run(w, 10);
	seen = run(w, 3);
	cr_assert_leq(seen.lowest, CEILING / 2, "%u", seen.lowest);
	run(w, 6);
	seen = run(w, 10);
	cr_assert_eq(seen.lowest, CEILING, "%u", seen.lowest);
	free(w);
}

Test(concurrency_limit, who_is_near_is_not_held_back_by_a_millisecond)
{
	struct world *w =
	    world_of(&(struct model){ .service_us = 1000, .spread = 5 });
	struct seen seen;

	run(w, 1);
	seen = run(w, 10);
	cr_assert_eq(seen.lowest, CEILING, "%u", seen.lowest);
	free(w);
}

Test(concurrency_limit, some_that_take_longer_do_not_count_for_all)
{
	struct world *w = world_of(&(struct model){ .away_us = 80000,
	    .service_us = 50000,
	    .spread = 8 });
	struct seen seen;

	run(w, 5);
	seen = run(w, 60);
	cr_assert_geq(seen.lowest, CEILING / 4, "%u", seen.lowest);
	cr_assert_eq(seen.highest, CEILING);
	free(w);
}

/* An answer to a request that began with so many in flight, a second ago. */
static void
learn(struct concurrency_limit *l, enum concurrency_news news, unsigned beside,
    long long now_ms)
{
	concurrency_limit_learn(l,
	    &(struct concurrency_answer){ .news = news,
		.latency_us = SECOND,
		.began_ms = now_ms - 1000,
		.beside = beside },
	    CEILING, now_ms);
}

static const struct {
	enum concurrency_news news;
	unsigned before, beside, after;
} steps[] = {
	{ CONCURRENCY_TAKEN, 8, 8, 9 },
	{ CONCURRENCY_TAKEN, 8, 4, 9 },
	{ CONCURRENCY_TAKEN, 8, 3, 8 }, /* it was not in use */
	{ CONCURRENCY_TAKEN, CEILING, CEILING, CEILING },
	{ CONCURRENCY_TAKEN, 1, 1, 2 },
	{ CONCURRENCY_FAILED, 8, 8, 8 }, /* by the round */
	{ CONCURRENCY_BROKEN, 8, 8, 4 },
	{ CONCURRENCY_BROKEN, 64, 1, 32 },
	{ CONCURRENCY_BROKEN, 1, 1, 1 },
	{ CONCURRENCY_BUSY, 64, 40, 20 },
	{ CONCURRENCY_BUSY, 64, 64, 32 },
	{ CONCURRENCY_BUSY, 1, 1, 1 },
	{ CONCURRENCY_SILENT, 8, 8, 8 },
};

Test(concurrency_limit, each_answer)
{
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		struct concurrency_limit l;
		unsigned after;

		concurrency_limit_init(&l, 0);
		l.limit = (float)steps[i].before;
		l.doubled = 2 * l.limit;
		learn(&l, steps[i].news, steps[i].beside, 2000);
		after = concurrency_limit_get(&l, CEILING);
		cr_assert_eq(after, steps[i].after, "row %zu: %u", i, after);
	}
}

Test(concurrency_limit, a_round_trip_has_one_decrease)
{
	struct concurrency_limit l;

	concurrency_limit_init(&l, 0);
	l.limit = 64;
	for (unsigned n = 64; n > 32; n--)
		learn(&l, CONCURRENCY_BUSY, n, 2000);
	cr_assert_eq(concurrency_limit_get(&l, CEILING), 32);
	learn(&l, CONCURRENCY_BUSY, 32, 2999);
	cr_assert_eq(concurrency_limit_get(&l, CEILING), 32);
	learn(&l, CONCURRENCY_BUSY, 32, 3000);
	cr_assert_eq(concurrency_limit_get(&l, CEILING), 16);
}

/* Of a round of 16 so many are 5xx. */
static unsigned
limit_after(unsigned failures)
{
	struct concurrency_limit l;

	concurrency_limit_init(&l, 0);
	l.limit = 16;
	l.threshold = 16;
	l.usual = 20;
	for (unsigned n = 0; n < CONCURRENCY_ROUND_MIN; n++)
		learn(&l, n < failures ? CONCURRENCY_FAILED : CONCURRENCY_TAKEN,
		    16, 2000);
	return concurrency_limit_get(&l, CEILING);
}

Test(concurrency_limit, it_falls_by_half_the_share_of_failures)
{
	cr_assert_eq(limit_after(0), 16);
	cr_assert_eq(limit_after(1), 15);
	cr_assert_eq(limit_after(4), 12);
	cr_assert_eq(limit_after(8), 8);
}

Test(concurrency_limit, an_hour_later_it_begins_low_and_comes_back_quickly)
{
	struct concurrency_limit l;

	concurrency_limit_init(&l, 0);
	l.limit = 100;
	l.threshold = 50;
	concurrency_limit_resume(&l, CONCURRENCY_IDLE_MS - 1);
	cr_assert_eq(concurrency_limit_get(&l, CEILING), 100);
	concurrency_limit_resume(&l, CONCURRENCY_IDLE_MS);
	cr_assert_eq(concurrency_limit_get(&l, CEILING), 50);
	concurrency_limit_resume(&l, 60LL * CONCURRENCY_IDLE_MS);
	cr_assert_eq(concurrency_limit_get(&l, CEILING), CONCURRENCY_INITIAL);
	learn(&l, CONCURRENCY_TAKEN, 8, 61LL * CONCURRENCY_IDLE_MS);
	cr_assert_eq(concurrency_limit_get(&l, CEILING), 9);
	l.limit = 1;
	concurrency_limit_resume(&l, 999LL * CONCURRENCY_IDLE_MS);
	cr_assert_eq(concurrency_limit_get(&l, CEILING), 1, "never up");
}

Test(concurrency_limit, a_lower_ceiling_holds_at_once)
{
	struct concurrency_limit l;

	concurrency_limit_init(&l, 0);
	cr_assert_eq(concurrency_limit_get(&l, 3), 3);
	cr_assert_eq(concurrency_limit_get(&l, 1), 1);
}

Test(concurrency_limit, so_many_ahead)
{
	static const struct {
		unsigned limit, ahead;
	} cases[] = { { 1, 4 }, { 2, 8 }, { 8, 32 }, { 9, 32 }, { 16, 32 },
		{ 17, 34 }, { 128, 256 } };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		cr_assert_eq(concurrency_limit_ahead(cases[i].limit),
		    cases[i].ahead, "%u", cases[i].limit);
}
