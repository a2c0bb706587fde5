/* loop.c - an event loop: descriptors by epoll, deadlines by a heap. */
#include "http/loop.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/clock.h"

#define EVENTS 1024
#define TIMERS_FIRST 64

/* So often at most it is asked for more that is ready. */
#define ROUNDS 64

/* The time beside the timer: comparing stays within the heap. */
struct entry {
	long long at_ms;
	struct loop_timer *timer;
};

struct loop {
	int epoll;
	long long now_ms;
	struct epoll_event events[EVENTS];
	struct loop_watches nobodys; /* ready, but not told yet */
	struct loop_watches owned;   /* the same, in the order they came in */
	struct turns turns;          /* of those */
	size_t owned_count;
	struct entry *heap; /* the earliest first; children at 2i+1, 2i+2 */
	size_t count, size;
};

struct loop *
loop_open(void)
{
	struct loop *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	l->now_ms = clock_now_ms();
	TAILQ_INIT(&l->nobodys);
	TAILQ_INIT(&l->owned);
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll != -1 && turns_init(&l->turns))
		return l;
	loop_close(l);
	return NULL;
}

void
loop_close(struct loop *l)
{
	if (l == NULL)
		return;
	if (l->epoll != -1)
		close(l->epoll);
	turns_clear(&l->turns);
	free(l->heap);
	free(l);
}

bool
loop_watch(struct loop *l, struct loop_watch *w)
{
	struct epoll_event e = { .events = w->events, .data.ptr = w };

	w->told = 0;
	w->turn.owner = NULL;
	return epoll_ctl(l->epoll, EPOLL_CTL_ADD, w->fd, &e) == 0;
}

void
loop_await(struct loop *l, struct loop_watch *w, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = w };

	if (w->events == events)
		return;
	w->events = events;
	(void)epoll_ctl(l->epoll, EPOLL_CTL_MOD, w->fd, &e);
}

/* It is told, or does not matter any more. */
static void
leave_queue(struct loop *l, struct loop_watch *w)
{
	if (w->told == 0)
		return;
	w->told = 0;
	if (!w->owned) {
		TAILQ_REMOVE(&l->nobodys, w, others);
		return;
	}
	turns_remove(&l->turns, &w->turn);
	TAILQ_REMOVE(&l->owned, w, others);
	l->owned_count--;
}

void
loop_unwatch(struct loop *l, struct loop_watch *w)
{
	leave_queue(l, w);
	(void)epoll_ctl(l->epoll, EPOLL_CTL_DEL, w->fd, NULL);
}

static void
put(struct loop *l, size_t i, struct entry e)
{
	l->heap[i] = e;
	e.timer->place = i + 1;
}

/* Put the entry where it belongs at or above i, where there is a hole. */
static void
sift_up(struct loop *l, size_t i, struct entry e)
{
	while (i > 0 && l->heap[(i - 1) / 2].at_ms > e.at_ms) {
		put(l, i, l->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	put(l, i, e);
}

/* The same at or below i. */
static void
sift_down(struct loop *l, size_t i, struct entry e)
{
	size_t child;

	while ((child = 2 * i + 1) < l->count) {
		if (child + 1 < l->count &&
		    l->heap[child + 1].at_ms < l->heap[child].at_ms)
			child++;
		if (l->heap[child].at_ms >= e.at_ms)
			break;
		put(l, i, l->heap[child]);
		i = child;
	}
	put(l, i, e);
}

static void
fill_hole(struct loop *l, size_t i, struct entry e)
{
	if (i > 0 && l->heap[(i - 1) / 2].at_ms > e.at_ms)
		sift_up(l, i, e);
	else
		sift_down(l, i, e);
}

static bool
have_room(struct loop *l)
{
	size_t size = l->size == 0 ? TIMERS_FIRST : 2 * l->size;
	struct entry *heap;

	if (l->count < l->size)
		return true;
	heap = reallocarray(l->heap, size, sizeof *heap);
	if (heap == NULL)
		return false;
	l->heap = heap;
	l->size = size;
	return true;
}

void
loop_move_timer(struct loop *l, struct loop_timer *t, long long at_ms)
{
	t->at_ms = at_ms;
	fill_hole(l, t->place - 1, (struct entry){ at_ms, t });
}

bool
loop_set_timer(struct loop *l, struct loop_timer *t, long long at_ms)
{
	struct entry e = { at_ms, t };

	if (t->place != 0) {
		loop_move_timer(l, t, at_ms);
		return true;
	}
	if (!have_room(l))
		return false;
	t->at_ms = at_ms;
	l->count++;
	sift_up(l, l->count - 1, e);
	return true;
}

void
loop_clear_timer(struct loop *l, struct loop_timer *t)
{
	size_t i = t->place;

	if (i == 0)
		return;
	t->place = 0;
	l->count--;
	if (i - 1 < l->count)
		fill_hole(l, i - 1, l->heap[l->count]);
}

long long
loop_now_ms(const struct loop *l)
{
	return l->now_ms;
}

static int
choose_timeout(const struct loop *l, int timeout_ms)
{
	long long left;

	if (l->count == 0 || timeout_ms == 0)
		return timeout_ms;
	left = l->heap[0].at_ms - clock_now_ms();
	if (left <= 0)
		return 0;
	if (left > INT_MAX)
		left = INT_MAX;
	return timeout_ms == -1 || left < timeout_ms ? (int)left : timeout_ms;
}

/* If memory is short it is nobody's. True: it was not there yet. */
static bool
enter_queue(struct loop *l, struct loop_watch *w, uint32_t events,
    long long since_ms)
{
	bool is_new = w->told == 0;

	w->told = events;
	if (!is_new)
		return false;
	w->since_ms = since_ms;
	w->owned = w->owner != NULL && turns_add(&l->turns, &w->turn, w->owner);
	TAILQ_INSERT_TAIL(w->owned ? &l->owned : &l->nobodys, w, others);
	l->owned_count += w->owned;
	return true;
}

/* What is awaited may be something else by now. */
static void
tell(struct loop *l, struct loop_watch *w)
{
	uint32_t events = w->told & (w->events | EPOLLERR | EPOLLHUP);

	leave_queue(l, w);
	if (events != 0)
		w->ready(w->arg, events);
}

static struct loop_watch *
next_owned(struct loop *l)
{
	struct turn *next = turns_take(&l->turns);

	if (next == NULL)
		return NULL;
	return (struct loop_watch *)(void *)((char *)next -
	    offsetof(struct loop_watch, turn));
}

static void
tell_ready(struct loop *l)
{
	long long until_us = clock_now_us() + LOOP_SLICE_US;
	struct loop_watch *w;

	while ((w = TAILQ_FIRST(&l->nobodys)) != NULL)
		tell(l, w);
	while ((w = next_owned(l)) != NULL) {
		tell(l, w);
		if (clock_now_us() >= until_us)
			return;
	}
}

/* Has all been told that came before this time? */
static bool
is_told(const struct loop *l, long long at_ms)
{
	const struct loop_watch *oldest = TAILQ_FIRST(&l->owned);

	return oldest == NULL || at_ms < oldest->since_ms;
}

bool
loop_has_time(const struct loop *l, const unsigned char owner[OWNER_BYTES])
{
	return l->owned_count < LOOP_UNTOLD_MAX &&
	    turns_count(&l->turns, owner) < LOOP_UNTOLD_EACH;
}

/* At most as many as there are, lest one that sets itself again spins. */
static void
tell_due(struct loop *l)
{
	for (size_t n = l->count; n > 0; n--) {
		struct loop_timer *t;

		if (l->count == 0 || l->heap[0].at_ms > l->now_ms)
			return;
		t = l->heap[0].timer;
		if (t->patient && !is_told(l, t->at_ms)) {
			fill_hole(l, 0, (struct entry){ l->now_ms + 1, t });
			continue;
		}
		loop_clear_timer(l, t);
		t->due(t->arg);
	}
}

/* True: there may be more, which is not known yet. */
static bool
take_ready(struct loop *l, int timeout_ms)
{
	int count = epoll_wait(l->epoll, l->events, EVENTS, timeout_ms);
	bool any_new = count == -1;
	long long since_ms = l->now_ms;

	l->now_ms = clock_now_ms();
	for (int i = 0; i < count; i++)
		if (enter_queue(l, l->events[i].data.ptr, l->events[i].events,
			since_ms))
			any_new = true;
	return any_new && (count == EVENTS || count == -1);
}

void
loop_turn(struct loop *l, int timeout_ms)
{
	bool busy = !TAILQ_EMPTY(&l->owned);
	bool more = take_ready(l, busy ? 0 : choose_timeout(l, timeout_ms));

	for (int n = 0; n < ROUNDS && more; n++)
		more = take_ready(l, 0);
	tell_ready(l);
	tell_due(l);
}
