/*
 * main.c - a year of random days for the scheduler, held against an ideal.
 *
 *     simulation DAYS [SEED [DAY]]
 *
 * Each day draws accounts of its kind, lets them want more than there is, looks
 * at half a minute of that, and then lets the quiet ones publish now and then
 * until midnight. What was seen is judged at the end, in the Test Anything
 * Protocol. With DAY, that day alone, and what each heavy account had.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/compiler.h"
#include "ideal.h"
#include "world.h"

#define START_MS 1000 /* all of them are new, so none of them is */
#define WARM_MS 15000
#define LOOK_MS 20000
#define MOMENTS 50
#define OPEN 0.875
#define DAY_MS 86400000
#define EVENINGS 20 /* events of a day's rest */

struct figures {
	double jain, jain_sum; /* the lowest, the sum */
	size_t jains;
	double alone, alone_sum; /* parts of all places */
	size_t alones;
	double least; /* of what the ideal gives */
	int quiet_ms, novel_ms;
	double held, missed;
	unsigned long long starts;
	long long jain_day, alone_day, quiet_day, novel_day, least_day;
};

struct day {
	const char *name;
	void (*draw)(struct world *w, struct random *r);
	bool compared; /* heavy accounts with an ideal */
};

static int
places_of(const struct world *w)
{
	return (int)w->places[0].capacity;
}

static void
add_many(struct world *w, struct random *r, enum shape shape, int count,
    int webhooks_max)
{
	enum standing standing = shape == SHAPE_NOVEL || shape == SHAPE_SLOW
	    ? STANDING_NEW
	    : STANDING_PROVEN;

	while (count-- > 0)
		world_add(w, shape, standing,
		    (unsigned)random_from(r, 1, webhooks_max), 1);
}

/* So few that the last places are enough for them. */
static void
add_quiet(struct world *w, struct random *r)
{
	int most = places_of(w) / 2;

	add_many(w, r, SHAPE_QUIET, random_from(r, 1, most), 3);
	add_many(w, r, SHAPE_NOVEL, random_from(r, 1, most / 4), 3);
}

static void
draw_alone(struct world *w, struct random *r)
{
	world_add(w, SHAPE_HEALTHY, STANDING_PROVEN,
	    (unsigned)random_from(r, 20, 3000), 1);
	add_quiet(w, r);
}

static void
draw_equal(struct world *w, struct random *r)
{
	add_many(w, r, SHAPE_HEALTHY, random_from(r, 2, places_of(w) / 8), 50);
	add_quiet(w, r);
}

static void
draw_unequal(struct world *w, struct random *r)
{
	for (int n = random_from(r, 2, places_of(w) / 16); n > 0; n--)
		world_add(w, SHAPE_HEALTHY, STANDING_PROVEN,
		    (unsigned)random_from(r, 8, 50),
		    exp2f((float)random_from(r, 0, 8) / 2 - 2));
	add_quiet(w, r);
}

static void
draw_mixed(struct world *w, struct random *r)
{
	int most = places_of(w) / 32;

	add_many(w, r, SHAPE_HEALTHY, random_from(r, 1, 2 * most), 50);
	add_many(w, r, SHAPE_SLOW, random_from(r, 0, most), 50);
	add_many(w, r, SHAPE_SLOWING, random_from(r, 0, most), 50);
	add_many(w, r, SHAPE_BURSTY, random_from(r, 0, most), 10);
	for (int n = random_from(r, 0, most); n > 0; n--)
		world_add(w, SHAPE_HANGING,
		    n % 2 == 0 ? STANDING_NEW : STANDING_FAILING,
		    (unsigned)random_from(r, 1000, 3000), 1);
	add_quiet(w, r);
}

/* More accounts than places, but each with a part of one. */
static void
draw_many(struct world *w, struct random *r)
{
	add_many(w, r, SHAPE_HEALTHY,
	    random_from(r, places_of(w) / 2, 3 * places_of(w)), 1);
	add_quiet(w, r);
}

static void
draw_crowd(struct world *w, struct random *r)
{
	add_many(w, r, SHAPE_HEALTHY, random_from(r, 3000, 10000), 1);
}

static void
draw_quiet(struct world *w, struct random *r)
{
	add_many(w, r, SHAPE_QUIET, random_from(r, 1, 4 * places_of(w)), 3);
	add_many(w, r, SHAPE_BURSTY, random_from(r, 0, 10), 10);
}

static const struct day days[] = {
	{ "one heavy account", draw_alone, false },
	{ "equal ones", draw_equal, true },
	{ "a mixture", draw_mixed, true },
	{ "unequal ones", draw_unequal, true },
	{ "a mixture", draw_mixed, true },
	{ "quiet ones", draw_quiet, false },
	{ "a mixture", draw_mixed, true },
	{ "more than places", draw_many, true },
	{ "a mixture", draw_mixed, true },
	{ "a crowd", draw_crowd, false },
};

/*
 * Heavy accounts that want more at this moment. Who becomes slow is not one of
 * them: he keeps for long what he had.
 */
static bool
is_claimant(const struct world *w, const struct account *a)
{
	return shape_is_heavy(a->shape) && a->shape != SHAPE_SLOWING &&
	    world_wants(w, a);
}

/* They, and what the others leave of each pool, but for its last eighth. */
static size_t
find_claimants(const struct world *w, struct claimant *c,
    double left[STANDING_COUNT])
{
	size_t count = 0;

	for (size_t pool = 0; pool < STANDING_COUNT; pool++)
		left[pool] = (double)w->places[pool].capacity * OPEN;
	for (size_t i = 0; i < w->account_count; i++) {
		struct account *a = &w->accounts[i];

		if (is_claimant(w, a))
			c[count++] = (struct claimant){
				.account = a,
				.weight = (double)a->weight,
				.demand = (double)a->webhooks * CEILING,
				.standing = a->standing,
			};
		else
			for (size_t pool = 0; pool < STANDING_COUNT; pool++)
				left[pool] -= a->in_flight[pool];
	}
	for (size_t pool = 0; pool < STANDING_COUNT; pool++)
		left[pool] = fmax(left[pool], 1);
	return count;
}

/* Note what each has, and what would be fair. */
static void
compare(const struct world *w, struct claimant *c)
{
	double left[STANDING_COUNT];
	size_t count = find_claimants(w, c, left);

	ideal_share(c, count, left);
	for (size_t i = 0; i < count; i++) {
		c[i].account->had += c[i].account->in_flight[0];
		c[i].account->fair += c[i].fair;
		c[i].account->wanted++;
	}
}

static void
note_least(struct figures *f, const struct account *a, long long day)
{
	if (a->had / a->fair >= f->least || a->fair < a->wanted)
		return;
	f->least = a->had / a->fair;
	f->least_day = day;
}

static void
note_jain(struct figures *f, double jain, long long day)
{
	if (jain < f->jain) {
		f->jain = jain;
		f->jain_day = day;
	}
	f->jain_sum += jain;
	f->jains++;
}

static void
judge_claimants(const struct world *w, double *parts, struct figures *f,
    long long day, bool shown)
{
	size_t count = 0;

	for (size_t i = 0; i < w->account_count; i++) {
		const struct account *a = &w->accounts[i];

		if (a->wanted < MOMENTS / 2)
			continue;
		note_least(f, a, day);
		parts[count++] = a->had / a->fair;
		if (shown)
			printf("# standing %d weight %.2f: %.1f places, ideal "
			       "%.1f: %.2f\n",
			    a->standing, (double)a->weight, a->had / a->wanted,
			    a->fair / a->wanted, a->had / a->fair);
	}
	note_jain(f, ideal_jain(parts, count), day);
}

/* Half a minute, of which some moments are compared with the ideal. */
static void
look(struct world *w, struct figures *f, long long day, bool shown)
{
	struct claimant *c = calloc(w->account_count, sizeof *c);
	double *parts = calloc(w->account_count, sizeof *parts);

	if (c == NULL || parts == NULL)
		abort();
	for (int i = 0; i < MOMENTS; i++) {
		world_run(w, LOOK_MS / MOMENTS);
		compare(w, c);
	}
	judge_claimants(w, parts, f, day, shown);
	free(parts);
	free(c);
}

static void
note_alone(const struct world *w, struct figures *f, long long day)
{
	double part = w->accounts[0].held / LOOK_MS / places_of(w);

	if (part < f->alone) {
		f->alone = part;
		f->alone_day = day;
	}
	f->alone_sum += part;
	f->alones++;
}

static void
note_sight(const struct world *w, struct figures *f, long long day)
{
	const struct sight *s = &w->sight;

	if (s->quiet_ms > f->quiet_ms) {
		f->quiet_ms = s->quiet_ms;
		f->quiet_day = day;
	}
	if (s->novel_ms > f->novel_ms) {
		f->novel_ms = s->novel_ms;
		f->novel_day = day;
	}
	f->held += s->held;
	f->missed += s->missed;
	f->starts += s->starts;
}

/* Now and then somebody publishes, and finds the worker idle. */
static void
rest_until_midnight(struct world *w, struct random *r)
{
	world_rest(w, 0);
	for (int i = 0; i < EVENINGS; i++) {
		struct account *a =
		    &w->accounts[random_draw(r) % w->account_count];

		world_rest(w, (DAY_MS - WARM_MS - LOOK_MS) / EVENINGS);
		if (a->shape != SHAPE_HANGING)
			world_publish(w, a);
	}
	world_rest(w, 0);
}

static void
live(long long number, uint64_t seed, struct figures *f, bool shown)
{
	const struct day *day = &days[(size_t)number % COUNT(days)];
	struct random r = { (seed + 1) * 0x9e3779b97f4a7c15 ^
		(uint64_t)(number + 1) * 0xbf58476d1ce4e5b9 };
	struct world w;

	random_draw(&r);
	world_open(&w, &r,
	    1U << random_from(&r, 6, number % 16 == 15 ? 10 : 8));
	day->draw(&w, &r);
	w.slow_ms = random_from(&r, 0, WARM_MS + LOOK_MS);
	if (shown)
		printf("# %s: %u places, %zu accounts, %zu webhooks\n",
		    day->name, places_of(&w), w.account_count, w.webhook_count);
	world_run(&w, START_MS);
	world_look(&w);
	world_run(&w, WARM_MS);
	note_sight(&w, f, number);
	world_look(&w);
	if (day->compared)
		look(&w, f, number, shown);
	else
		world_run(&w, LOOK_MS);
	if (day->draw == draw_alone)
		note_alone(&w, f, number);
	rest_until_midnight(&w, &r);
	note_sight(&w, f, number);
	world_close(&w);
}

static int tests, failed;

static void
judge(bool passed, const char *name)
{
	printf("%sok %d - %s\n", passed ? "" : "not ", ++tests, name);
	failed += !passed;
}

static void
judge_all(const struct figures *f)
{
	double missed = 100 * f->missed / (f->held + f->missed);

	printf("# %llu requests; %.3g place-hours held\n", f->starts,
	    f->held / 3600000);
	printf("# Jain's index of heavy accounts: %.4f on average, at least "
	       "%.4f (day %lld)\n",
	    f->jain_sum / (double)f->jains, f->jain, f->jain_day);
	printf("# a heavy one's part of the ideal: at least %.3f (day %lld)\n",
	    f->least, f->least_day);
	printf("# a heavy one alone has %.3f of the places on average, at "
	       "least %.3f (day %lld)\n",
	    f->alone_sum / (double)f->alones, f->alone, f->alone_day);
	printf("# longest wait of a quiet account for a place: %d ms (day "
	       "%lld), %d ms for webhooks that are new (day %lld)\n",
	    f->quiet_ms, f->quiet_day, f->novel_ms, f->novel_day);
	printf("# places that stood empty while something could have gone: "
	       "%.3f %%\n",
	    missed);
	judge(f->jain >= 0.9 && f->jain_sum / (double)f->jains >= 0.98,
	    "heavy accounts have what is fair");
	judge(f->least >= 0.7, "none of them has much less than is fair");
	judge(f->alone >= 0.75, "one alone has most of the places");
	judge(f->quiet_ms <= 50 && f->novel_ms <= 50,
	    "quiet accounts do not wait");
	judge(missed < 1, "no places stand empty that could be used");
	printf("1..%d\n", tests);
}

int
main(int argc, char **argv)
{
	struct figures f = { .jain = 1, .alone = 1, .least = 1 };
	long long count = argc > 1 ? atoll(argv[1]) : 8, first = 0;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;

	if (argc > 3) {
		first = atoll(argv[3]);
		count = first + 1;
	}
	printf("# POSTERN_SEED=%llu\n", (unsigned long long)seed);
	for (long long day = first; day < count; day++)
		live(day, seed, &f, argc > 3);
	judge_all(&f);
	return failed > 0;
}
