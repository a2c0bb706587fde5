/* webhook_line.c - one webhook's attempts: who waits, who is in flight. */
#include "delivery/webhook_line.h"

#include <stddef.h>

#define STALLED 4 /* times its usual */

void
webhook_line_init(struct webhook_line *w)
{
	w->waiting_end = &w->waiting;
}

void
webhook_line_set_limit(struct webhook_line *w, unsigned per_webhook,
    unsigned max_in_flight)
{
	w->ceiling = per_webhook;
	if (max_in_flight > 0 && max_in_flight < w->ceiling)
		w->ceiling = max_in_flight;
	w->limit = concurrency_limit_get(&w->learned, w->ceiling);
}

void
webhook_line_push(struct webhook_line *w, struct attempt *a, long long now_ms)
{
	a->next = NULL;
	a->since_ms = now_ms;
	*w->waiting_end = a;
	w->waiting_end = &a->next;
	w->waiting_count++;
}

struct attempt *
webhook_line_take(struct webhook_line *w)
{
	struct attempt *a = w->waiting;

	if (a == NULL)
		return NULL;
	w->waiting_count--;
	w->waiting = a->next;
	if (w->waiting == NULL)
		w->waiting_end = &w->waiting;
	a->next = NULL;
	return a;
}

struct attempt *
webhook_line_cut(struct webhook_line *w, unsigned but)
{
	struct attempt **at = &w->waiting, *rest;

	if (w->waiting_count <= but)
		return NULL;
	for (unsigned i = 0; i < but; i++)
		at = &(*at)->next;
	rest = *at;
	*at = NULL;
	w->waiting_end = at;
	w->waiting_count = but;
	return rest;
}

void
webhook_line_start(struct webhook_line *w, struct attempt *a,
    enum standing place, long long now_ms)
{
	a->place = place;
	a->since_ms = now_ms;
	a->beside = ++w->in_flight;
	a->next = NULL;
	a->before = w->newest;
	if (w->newest == NULL)
		w->oldest = a;
	else
		w->newest->next = a;
	w->newest = a;
}

void
webhook_line_end(struct webhook_line *w, struct attempt *a)
{
	w->in_flight--;
	if (a->before == NULL)
		w->oldest = a->next;
	else
		a->before->next = a->next;
	if (a->next == NULL)
		w->newest = a->before;
	else
		a->next->before = a->before;
	a->next = a->before = NULL;
}

static enum concurrency_news
judge_load(const struct attempt *a)
{
	const struct verdict *v = a->verdict;

	if (v->fate == FATE_SENT)
		return CONCURRENCY_TAKEN;
	if (v->hard)
		return v->honours_retry_after ? CONCURRENCY_BUSY
					      : CONCURRENCY_BROKEN;
	return a->status >= 500 ? CONCURRENCY_FAILED : CONCURRENCY_SILENT;
}

/* From the request to the first byte; a handshake before it says less. */
static int32_t
measure_latency(const struct attempt *a)
{
	int32_t asked = a->tls_us > 0 ? a->tls_us : a->connect_us;

	return a->first_us > asked ? a->first_us - asked : 0;
}

static void
judge_standing(struct webhook_line *w, const struct attempt *a)
{
	const struct verdict *v = a->verdict;

	if (v->fate != FATE_SENT && !v->hard)
		return;
	w->judged = true;
	if (v->hard)
		w->standing = STANDING_FAILING;
	else if (a->total_us < LINE_SLOW_MS * 1000)
		w->standing = STANDING_PROVEN;
	else
		w->standing = STANDING_NEW;
}

void
webhook_line_learn(struct webhook_line *w, struct attempt *a, long long now_ms)
{
	judge_standing(w, a);
	w->tripped = a->verdict->hard;
	concurrency_limit_learn(&w->learned,
	    &(struct concurrency_answer){ .news = judge_load(a),
		.latency_us = measure_latency(a),
		.began_ms = a->began_ms,
		.beside = a->beside },
	    w->ceiling, now_ms);
	w->limit = concurrency_limit_get(&w->learned, w->ceiling);
}

/* For how long the oldest has been in flight. */
static long long
measure_age(const struct webhook_line *w, long long now_ms)
{
	return w->oldest == NULL ? 0 : now_ms - w->oldest->since_ms;
}

bool
webhook_line_has_stalled(const struct webhook_line *w, long long now_ms)
{
	long long age = measure_age(w, now_ms);
	int usual;

	if (age < LINE_STALLED_MS)
		return false;
	usual = concurrency_limit_usual_ms(&w->learned);
	return age >= (usual > 0 ? (long long)STALLED * usual : LINE_SLOW_MS);
}

bool
webhook_line_is_slow(const struct webhook_line *w, long long now_ms)
{
	return measure_age(w, now_ms) >= LINE_SLOW_MS ||
	    webhook_line_has_stalled(w, now_ms);
}

enum standing
webhook_line_standing(const struct webhook_line *w, long long now_ms)
{
	enum standing standing = w->judged ? w->standing : w->waiting->standing;

	if (standing == STANDING_PROVEN && webhook_line_is_slow(w, now_ms))
		return STANDING_NEW;
	return standing;
}

bool
webhook_line_is_ready(const struct webhook_line *w)
{
	return w->waiting != NULL && w->in_flight < w->limit;
}
