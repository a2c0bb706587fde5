/*
 * concurrency_limit.h - concurrency limit: how many requests at one time.
 *
 * Pure. One for each webhook, to find how many requests its receiver takes
 * without making them wait. It is to a webhook what a congestion window is to
 * a connection (RFC 5681), and one of the AIMD family of Chiu and Jain (1989):
 *
 * - It begins at CONCURRENCY_INITIAL. While it is in use (RFC 7661) and answers
 *   come in their usual time, each answer adds one, which doubles it each round
 *   trip, until the first sign of trouble; after that a round trip adds a
 *   quarter while answers show that there is no queue, otherwise one.
 * - When a round's answers take more than half again as long as usual, it falls
 *   by as much, to a half at most (the gradient of Netflix's
 *   concurrency-limits); it stays when they take a quarter longer.
 * - It is halved when the receiver says that it is busy or does not answer, at
 *   most once a round trip; by half the share of failures (RFC 8257) when it
 *   answers 5xx otherwise. Where it was busy is remembered for
 *   CONCURRENCY_EDGE_MS, and not reached again until then.
 *
 * What is usual is measured with few in flight: at first, with a limit of one,
 * and with two for a round (BBR's way) at the first trouble, and whenever
 * CONCURRENCY_PROBE_MS have not confirmed it. A round has at least
 * CONCURRENCY_ROUND_MIN answers to requests that all began after it, of which
 * the geometric mean counts, so that one that is late says little; a constant
 * in each keeps what is near and quick from seeming to double.
 */
#ifndef POSTERN_CONCURRENCY_LIMIT_H
#define POSTERN_CONCURRENCY_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#define CONCURRENCY_INITIAL 8
#define CONCURRENCY_ROUND_MIN 8
#define CONCURRENCY_EDGE_MS 30000
#define CONCURRENCY_PROBE_MS 30000
#define CONCURRENCY_IDLE_MS 60000 /* unused for so long, it is halved */

/* What an answer, or that there was none, says of the receiver's load. */
enum concurrency_news {
	CONCURRENCY_TAKEN,
	CONCURRENCY_FAILED, /* it could not: 5xx */
	CONCURRENCY_BROKEN, /* there was no answer to use */
	CONCURRENCY_BUSY,   /* it asks for less: 429, 503 */
	CONCURRENCY_SILENT  /* nothing */
};

struct concurrency_answer {
	enum concurrency_news news;
	int32_t latency_us; /* from the request to the first byte */
	long long began_ms;
	unsigned beside; /* in flight when it began, with it */
};

struct concurrency_limit {
	float limit;
	float threshold;    /* below, it doubles each round; 0: everywhere */
	float doubled;      /* not above in this round */
	unsigned edge;      /* with so many it was busy; 0: never */
	long long busy_ms;  /* when it was */
	long long cut_ms;   /* what began before has had its decrease */
	long long round_ms; /* when the round began */
	long long probe_ms; /* when to probe next, or when that began */
	long long last_ms;  /* when the last answer came */
	float usual; /* latency, as a logarithm to base 2 of us; 0: not known */
	float sum;   /* of the round's latencies, so */
	unsigned count;
	unsigned answers, failures; /* of the round */
	unsigned peak, peak_before; /* most in flight, of it, the one before */
	unsigned clear; /* so many rounds were as usual: there is no queue */
	bool held;      /* slower than usual: it does not grow */
	bool probing;
};

/* Of a webhook that nothing is known of. */
void concurrency_limit_init(struct concurrency_limit *l, long long now_ms);

/* It has nothing in flight, and is used again now. */
void concurrency_limit_resume(struct concurrency_limit *l, long long now_ms);

/* How many may be in flight now: from 1 to ceiling. */
unsigned concurrency_limit_get(const struct concurrency_limit *l,
    unsigned ceiling);

/* Learn from an answer; the limit does not grow beyond ceiling. */
void concurrency_limit_learn(struct concurrency_limit *l,
    const struct concurrency_answer *answer, unsigned ceiling,
    long long now_ms);

/* Milliseconds that an answer usually takes; 0: not known. */
int concurrency_limit_usual_ms(const struct concurrency_limit *l);

/*
 * How many deliveries to have in hand of a webhook with this limit, so that
 * those in flight can be replaced at once.
 */
unsigned concurrency_limit_ahead(unsigned limit);

#endif
