/* concurrency_limit.c - concurrency limit: how many requests at one time. */
#include "delivery/concurrency_limit.h"

#include <math.h>

/* Ratios to what is usual, as logarithms to base 2. */
#define CONFIRMS 0.1F /* a fourteenth longer is as usual */
#define HOLDS 0.32F   /* a quarter longer */
#define SLOW 0.585F   /* half again as long */

#define CONSTANT_US 10000 /* in each latency: less is no difference */
#define STEP 0.25F        /* an answer's, while there is no queue */
#define CLEAR 2           /* rounds: the first may begin with none inside */
#define PROBE_IN_FLIGHT 2 /* while it probes */
#define PROBE_PAUSE 20    /* after a probe, in as long as it took */
#define AHEAD 4           /* in hand for each in flight, of a low limit */

static void
begin_round(struct concurrency_limit *l, long long now_ms)
{
	l->round_ms = now_ms;
	l->doubled = 2 * l->limit;
	l->answers = l->failures = 0;
	l->peak_before = l->peak;
	l->peak = 0;
	l->sum = 0;
	l->count = 0;
}

void
concurrency_limit_init(struct concurrency_limit *l, long long now_ms)
{
	*l = (struct concurrency_limit){ .limit = CONCURRENCY_INITIAL,
		.doubled = 2 * CONCURRENCY_INITIAL,
		.round_ms = now_ms,
		.probe_ms = now_ms,
		.last_ms = now_ms };
}

/* As RFC 2861 has it: down for each pause, and up again quickly. */
void
concurrency_limit_resume(struct concurrency_limit *l, long long now_ms)
{
	long long idle = now_ms - l->last_ms;

	if (idle < CONCURRENCY_IDLE_MS)
		return;
	if (l->threshold > 0)
		l->threshold = l->limit;
	for (; idle >= CONCURRENCY_IDLE_MS && l->limit > CONCURRENCY_INITIAL;
	     idle -= CONCURRENCY_IDLE_MS)
		l->limit = fmaxf(l->limit / 2, CONCURRENCY_INITIAL);
	l->probing = false;
	l->probe_ms = now_ms;
	l->last_ms = now_ms;
	l->peak = 0;
	begin_round(l, now_ms);
}

unsigned
concurrency_limit_get(const struct concurrency_limit *l, unsigned ceiling)
{
	unsigned limit = (unsigned)l->limit;

	if (l->probing && limit > PROBE_IN_FLIGHT)
		limit = PROBE_IN_FLIGHT;
	if (limit > ceiling)
		limit = ceiling;
	return limit == 0 ? 1 : limit;
}

static void
cut(struct concurrency_limit *l, float share, long long now_ms)
{
	l->limit = fmaxf(1, l->limit * share);
	l->threshold = l->limit;
	l->cut_ms = now_ms;
	l->clear = 0;
	l->probing = false;
	l->peak = 0;
	begin_round(l, now_ms);
}

/* All at once that began before the last decrease were told by that. */
static void
halve(struct concurrency_limit *l, const struct concurrency_answer *a,
    long long now_ms)
{
	if (a->began_ms < l->cut_ms)
		return;
	if (a->news == CONCURRENCY_BUSY && a->beside > 1) {
		l->edge = a->beside;
		l->busy_ms = now_ms;
		l->limit = fminf(l->limit, (float)a->beside);
	}
	cut(l, 0.5F, now_ms);
}

/* What an answer adds: one, or by the round a quarter, or one by the round. */
static float
choose_step(const struct concurrency_limit *l)
{
	if (l->threshold == 0 || l->limit < l->threshold)
		return 1;
	return l->clear >= CLEAR ? STEP
				 : 1 / fmaxf(l->limit, CONCURRENCY_ROUND_MIN);
}

static void
grow(struct concurrency_limit *l, unsigned ceiling, long long now_ms)
{
	bool edge = l->edge > 0 && now_ms - l->busy_ms < CONCURRENCY_EDGE_MS;
	float most = fminf(l->doubled,
	    (float)(edge && l->edge - 1 < ceiling ? l->edge - 1 : ceiling));
	float used =
	    (float)(l->peak > l->peak_before ? l->peak : l->peak_before);

	if (!l->held && !l->probing && l->limit < most && 2 * used >= l->limit)
		l->limit = fminf(most, l->limit + choose_step(l));
}

/* How much longer than usual the round's took, as a logarithm. */
static float
measure_excess(const struct concurrency_limit *l)
{
	return l->count == 0 ? 0 : l->sum / (float)l->count - l->usual;
}

/* Let what is usual come so much closer to what this round took. */
static void
adopt_excess(struct concurrency_limit *l, float excess, float share)
{
	l->usual += excess * share;
}

/* What is usual is known; a look at it that took long is the rarer. */
static void
confirm(struct concurrency_limit *l, long long now_ms, long long took_ms)
{
	long long pause = took_ms * PROBE_PAUSE;

	l->probe_ms = now_ms +
	    (pause > CONCURRENCY_PROBE_MS ? pause : CONCURRENCY_PROBE_MS);
}

/* With so few in flight, whatever it takes is what is usual now. */
static void
end_quiet_round(struct concurrency_limit *l, float excess, long long now_ms)
{
	adopt_excess(l, excess, 1);
	if (!l->probing && excess > HOLDS)
		l->threshold = 0;
	confirm(l, now_ms, l->probing ? now_ms - l->probe_ms : 0);
	l->clear = 0;
	l->held = l->probing = false;
	begin_round(l, now_ms);
}

static void
end_busy_round(struct concurrency_limit *l, float excess, long long now_ms)
{
	float share = 1 - (float)l->failures / (float)l->answers / 2;
	bool as_usual = excess < CONFIRMS && l->failures == 0;

	if (as_usual)
		confirm(l, now_ms, 0);
	if (excess < 0)
		adopt_excess(l, excess, 0.25F);
	l->clear = as_usual ? l->clear + 1 : 0;
	l->held = excess > HOLDS;
	if (l->held)
		l->threshold = l->limit;
	l->probing = now_ms >= l->probe_ms;
	if (l->probing)
		l->probe_ms = now_ms;
	if (excess > SLOW && !l->probing)
		share *= fmaxf(0.5F, exp2f(SLOW - excess));
	if (share < 1)
		cut(l, share, now_ms);
	else
		begin_round(l, now_ms);
}

static void
end_round(struct concurrency_limit *l, long long now_ms)
{
	float excess = measure_excess(l);

	if (l->usual == 0) {
		/* until it is looked at with few in flight */
		adopt_excess(l, excess, 1);
		begin_round(l, now_ms);
	} else if (l->probing || l->limit < 2) {
		end_quiet_round(l, excess, now_ms);
	} else {
		end_busy_round(l, excess, now_ms);
	}
}

/* Does the round count it? */
static bool
is_of_round(const struct concurrency_limit *l,
    const struct concurrency_answer *a)
{
	return a->began_ms >= l->round_ms &&
	    (!l->probing || a->beside <= PROBE_IN_FLIGHT);
}

static void
count_answer(struct concurrency_limit *l, const struct concurrency_answer *a,
    long long now_ms)
{
	float half = l->probing ? 0 : l->limit / 2;

	if (!is_of_round(l, a))
		return;
	l->answers++;
	if (a->news == CONCURRENCY_FAILED) {
		l->failures++;
	} else {
		l->sum += log2f((float)a->latency_us + CONSTANT_US);
		l->count++;
	}
	if (l->answers >= CONCURRENCY_ROUND_MIN && (float)l->answers >= half)
		end_round(l, now_ms);
}

void
concurrency_limit_learn(struct concurrency_limit *l,
    const struct concurrency_answer *a, unsigned ceiling, long long now_ms)
{
	l->last_ms = now_ms;
	l->limit = fminf(l->limit, (float)ceiling);
	if (a->news == CONCURRENCY_SILENT)
		return;
	if (a->news == CONCURRENCY_BUSY || a->news == CONCURRENCY_BROKEN) {
		halve(l, a, now_ms);
		return;
	}
	if (a->beside > l->peak)
		l->peak = a->beside;
	if (a->news == CONCURRENCY_TAKEN)
		grow(l, ceiling, now_ms);
	count_answer(l, a, now_ms);
}

int
concurrency_limit_usual_ms(const struct concurrency_limit *l)
{
	float us = l->usual == 0 ? 0 : exp2f(l->usual) - CONSTANT_US;

	return us > 0 ? (int)(us / 1000) + 1 : 0;
}

unsigned
concurrency_limit_ahead(unsigned limit)
{
	unsigned few = AHEAD * CONCURRENCY_INITIAL;

	if (limit <= CONCURRENCY_INITIAL)
		return AHEAD * limit;
	return 2 * limit > few ? 2 * limit : few;
}
