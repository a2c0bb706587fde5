/*
 * loop.h - an event loop: descriptors by epoll, deadlines by a heap.
 *
 * One thread at a time. A turn costs what happened in it and, for deadlines,
 * the logarithm of how many there are, never what merely waits. Owners take
 * turns with what is ready: who keeps the thread busy holds up others by one
 * call, not by all that it has ready.
 */
#ifndef POSTERN_LOOP_H
#define POSTERN_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "http/turns.h"

#define LOOP_SLICE_US 2000
#define LOOP_UNTOLD_EACH 16
#define LOOP_UNTOLD_MAX 256

struct loop;

/* A descriptor that is watched. Embedded by its owner, zeroed but for these. */
struct loop_watch {
	int fd;
	uint32_t events; /* EPOLLIN, EPOLLOUT: what is waited for */
	void (*ready)(void *arg, uint32_t events);
	void *arg;
	const unsigned char *owner; /* borrowed; NULL: nobody's, told first */

	/* the loop's */
	uint32_t told; /* events that are ready, but not told yet; 0: none */
	long long since_ms;
	bool owned; /* it had an owner when it became ready */
	struct turn turn;
	TAILQ_ENTRY(loop_watch) others; /* that are not told yet */
};

TAILQ_HEAD(loop_watches, loop_watch);

/* A deadline. Embedded by its owner, zeroed but for due and arg. */
struct loop_timer {
	size_t place; /* the loop's: in the heap, from 1; 0: not set */
	void (*due)(void *arg);
	void *arg;
	long long at_ms; /* the loop's: as it was set */
	bool patient; /* due only when all that came before it has been told */
};

/* NULL: something is short, errno says what. Pair with loop_close. */
MUST_CHECK struct loop *loop_open(void);
void loop_close(struct loop *l);

/* Watch a descriptor. False: errno says why. */
MUST_CHECK bool loop_watch(struct loop *l, struct loop_watch *w);

/* Wait for these events from now on; no system call when they are the same. */
void loop_await(struct loop *l, struct loop_watch *w, uint32_t events);

/*
 * No longer; call it before the descriptor is closed. ready is not called for
 * it any more, not even for what this turn has already been told.
 */
void loop_unwatch(struct loop *l, struct loop_watch *w);

/*
 * Set the deadline, or move it; at_ms is of clock_now_ms. False: memory is
 * short, and it is not set. due is called once.
 */
MUST_CHECK bool loop_set_timer(struct loop *l, struct loop_timer *t,
    long long at_ms);

/* Move one that is set, which cannot fail. */
void loop_move_timer(struct loop *l, struct loop_timer *t, long long at_ms);

/* Fine when it is not set. */
void loop_clear_timer(struct loop *l, struct loop_timer *t);

/* The time of this turn, of clock_now_ms. */
long long loop_now_ms(const struct loop *l);

/*
 * Is there time to begin more for this owner? Not while LOOP_UNTOLD_EACH of
 * what is his is ready and not told, or LOOP_UNTOLD_MAX of all.
 */
bool loop_has_time(const struct loop *l,
    const unsigned char owner[OWNER_BYTES]);

/*
 * Wait for descriptors and deadlines, at most so long (-1: as long as it
 * takes), and call who is concerned: first descriptors, for LOOP_SLICE_US or
 * little more, then deadlines. What is ready and not told waits for the next
 * turn.
 */
void loop_turn(struct loop *l, int timeout_ms);

#endif
