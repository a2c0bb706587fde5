/* loop.c - who is ready is called, deadlines come in order. */
#include "http/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "common/clock.h"
#include "mutate.h"

#define TIMERS 500
#define LATER_MS 1000000

static struct loop *loop;
static long long last_ms;
static size_t called;

static struct alarm {
	struct loop_timer timer;
	long long at_ms; /* 0: not set */
} alarms[TIMERS];

static void
take_alarm(void *arg)
{
	struct alarm *a = arg;

	cr_assert_geq(a->at_ms, last_ms);
	last_ms = a->at_ms;
	a->at_ms = 0;
	called++;
}

static void
open_alarms(void)
{
	loop = loop_open();
	cr_assert_not_null(loop);
	for (size_t i = 0; i < TIMERS; i++)
		alarms[i].timer =
		    (struct loop_timer){ .due = take_alarm, .arg = &alarms[i] };
}

static size_t
count_set(void)
{
	size_t n = 0;

	for (size_t i = 0; i < TIMERS; i++)
		n += alarms[i].at_ms != 0;
	return n;
}

/* All in the past, so that one turn has to call them in their order. */
static void
set_or_clear(struct alarm *a, uint64_t *seed)
{
	if (mutate_below(4, seed) == 0) {
		loop_clear_timer(loop, &a->timer);
		a->at_ms = 0;
		return;
	}
	a->at_ms = 1 + (long long)mutate_below(300, seed);
	cr_assert(loop_set_timer(loop, &a->timer, a->at_ms));
}

Test(loop, deadlines_come_in_order_whatever_was_moved_or_cleared)
{
	uint64_t seed = 1;

	open_alarms();
	for (size_t round = 0; round < 50; round++) {
		size_t expected;

		for (size_t i = 0; i < 2 * TIMERS; i++)
			set_or_clear(&alarms[mutate_below(TIMERS, &seed)],
			    &seed);
		expected = count_set();
		called = 0;
		last_ms = 0;
		loop_turn(loop, -1);
		cr_assert_eq(called, expected);
		cr_assert_eq(count_set(), 0);
	}
	loop_close(loop);
}

Test(loop, a_turn_ends_with_the_first_deadline)
{
	long long began = clock_now_ms();

	open_alarms();
	alarms[0].at_ms = began + 20;
	alarms[1].at_ms = began + LATER_MS;
	for (size_t i = 0; i < 2; i++)
		cr_assert(
		    loop_set_timer(loop, &alarms[i].timer, alarms[i].at_ms));
	while (called == 0)
		loop_turn(loop, -1);
	cr_assert_geq(clock_now_ms(), began + 20);
	cr_assert_geq(loop_now_ms(loop), began + 20);
	cr_assert_eq(called, 1);
	loop_turn(loop, 0);
	cr_assert_eq(called, 1);
	loop_close(loop);
}

static void
set_again(void *arg)
{
	called++;
	cr_assert(loop_set_timer(loop, arg, 1));
}

Test(loop, a_deadline_that_sets_itself_again_waits_for_the_next_turn)
{
	struct loop_timer timer = { .due = set_again, .arg = &timer };

	loop = loop_open();
	cr_assert_not_null(loop);
	cr_assert(loop_set_timer(loop, &timer, 1));
	for (size_t turns = 1; turns < 4; turns++) {
		loop_turn(loop, -1);
		cr_assert_eq(called, turns);
	}
	loop_close(loop);
}

static struct loop_watch watches[3];
static uint32_t last_events;

static void
open_watches(void (*ready)(void *arg, uint32_t events))
{
	loop = loop_open();
	cr_assert_not_null(loop);
	for (size_t i = 0; i < COUNT(watches); i++) {
		watches[i] = (struct loop_watch){ .fd = eventfd(0, EFD_CLOEXEC),
			.events = EPOLLIN,
			.ready = ready,
			.arg = &watches[i] };
		cr_assert(loop_watch(loop, &watches[i]));
	}
}

static void
close_watches(void)
{
	for (size_t i = 0; i < COUNT(watches); i++)
		if (watches[i].fd != -1)
			close(watches[i].fd);
	loop_close(loop);
}

static void
note_events(void *arg, uint32_t events)
{
	(void)arg;
	last_events = events;
	called++;
}

Test(loop, only_what_is_awaited_is_told)
{
	open_watches(note_events);
	loop_turn(loop, 0);
	cr_assert_eq(called, 0);
	eventfd_write(watches[1].fd, 1);
	loop_turn(loop, -1);
	cr_assert_eq(called, 1);
	cr_assert_eq(last_events, EPOLLIN);
	loop_await(loop, &watches[1], EPOLLOUT);
	loop_turn(loop, -1);
	cr_assert_eq(last_events, EPOLLOUT);
	loop_await(loop, &watches[1], 0);
	loop_turn(loop, 0);
	cr_assert_eq(called, 2);
	close_watches();
}

/* The first that is told ends all others, and frees what they are. */
static void
end_others(void *arg, uint32_t events)
{
	(void)events;
	called++;
	for (size_t i = 0; i < COUNT(watches); i++) {
		if (arg == &watches[i])
			continue;
		loop_unwatch(loop, &watches[i]);
		close(watches[i].fd);
		watches[i] = (struct loop_watch){ .fd = -1 };
	}
}

Test(loop, what_is_no_longer_watched_is_not_told_in_the_same_turn)
{
	open_watches(end_others);
	for (size_t i = 0; i < COUNT(watches); i++)
		eventfd_write(watches[i].fd, 1);
	loop_turn(loop, -1);
	cr_assert_eq(called, 1);
	close_watches();
}

#define MANY 600

static size_t told;

static void
count_and_leave(void *arg, uint32_t events)
{
	(void)events;
	told++;
	loop_unwatch(loop, arg);
}

static void
note_told(void *arg)
{
	*(size_t *)arg = told;
}

/* It may have been suspended, and they have come in time. */
Test(loop, all_that_is_ready_comes_before_a_deadline_long_past)
{
	static struct loop_watch many[MANY];
	size_t before = 0;
	struct loop_timer timer = { .due = note_told, .arg = &before };

	loop = loop_open();
	cr_assert_not_null(loop);
	for (size_t i = 0; i < MANY; i++) {
		many[i] = (struct loop_watch){ .fd = eventfd(1, EFD_CLOEXEC),
			.events = EPOLLIN,
			.ready = count_and_leave,
			.arg = &many[i] };
		cr_assert(loop_watch(loop, &many[i]));
	}
	cr_assert(loop_set_timer(loop, &timer, clock_now_ms() - 1000));
	loop_turn(loop, -1);
	cr_assert_eq(before, MANY);
	for (size_t i = 0; i < MANY; i++)
		close(many[i].fd);
	loop_close(loop);
}

/* --- whose turn it is ------------------------------------------------------ */

#define EACH 100

static char order[LOOP_UNTOLD_MAX + 2 * EACH];
static size_t ordered;

/* Its owner's first letter is noted; it takes a while. */
static void
note_owner(void *arg, uint32_t events)
{
	struct loop_watch *w = arg;
	long long until_us = clock_now_us() + LOOP_SLICE_US / 10;

	(void)events;
	order[ordered++] = w->owner == NULL ? '-' : (char)w->owner[0];
	loop_unwatch(loop, w);
	while (clock_now_us() < until_us)
		continue;
}

/* From the first on, all ready. */
static void
watch_for(struct loop_watch *first, size_t count, const char *owner)
{
	for (struct loop_watch *w = first; w < first + count; w++) {
		*w = (struct loop_watch){ .fd = eventfd(1, EFD_CLOEXEC),
			.events = EPOLLIN,
			.ready = note_owner,
			.arg = w,
			.owner = (const unsigned char *)owner };
		cr_assert(loop_watch(loop, w));
	}
}

static const char heavy[OWNER_BYTES] = "heavy";
static const char quiet[OWNER_BYTES] = "quiet";
static struct loop_watch watched[2 * EACH + 2];

Test(loop, owners_take_turns_and_nobody_is_first)
{
	loop = loop_open();
	cr_assert_not_null(loop);
	watch_for(watched, EACH, heavy);
	watch_for(watched + EACH, 1, quiet);
	watch_for(watched + EACH + 1, 1, NULL);
	while (ordered < EACH + 2)
		loop_turn(loop, -1);
	cr_expect_eq(strncmp(order, "-hqh", 4), 0, "%s", order);
	loop_close(loop);
}

Test(loop, what_comes_while_the_thread_is_busy_has_its_turn_at_once)
{
	loop = loop_open();
	cr_assert_not_null(loop);
	watch_for(watched, EACH, heavy);
	loop_turn(loop, -1);
	cr_assert_lt(ordered, EACH, "a turn has an end");
	cr_expect_not(loop_has_time(loop, watched->owner));
	cr_expect(loop_has_time(loop, (const unsigned char *)quiet));
	watch_for(watched + EACH, 1, quiet);
	loop_turn(loop, -1);
	cr_expect_not_null(strchr(order, 'q'), "%s", order);
	cr_expect_lt(ordered, EACH);
	while (ordered < EACH + 1)
		loop_turn(loop, -1);
	loop_close(loop);
}

Test(loop, with_much_of_many_owners_there_is_time_for_none)
{
	static char ids[LOOP_UNTOLD_MAX + EACH][OWNER_BYTES];
	static struct loop_watch many[COUNT(ids)];

	loop = loop_open();
	cr_assert_not_null(loop);
	for (size_t i = 0; i < COUNT(ids); i++) {
		snprintf(ids[i], OWNER_BYTES, "%zu", i);
		watch_for(&many[i], 1, ids[i]);
	}
	cr_expect(loop_has_time(loop, (const unsigned char *)quiet));
	loop_turn(loop, -1);
	cr_expect_not(loop_has_time(loop, (const unsigned char *)quiet));
	while (ordered < COUNT(ids))
		loop_turn(loop, -1);
	cr_expect(loop_has_time(loop, (const unsigned char *)quiet));
	loop_close(loop);
}

Test(loop, what_is_no_longer_watched_has_no_turn)
{
	loop = loop_open();
	cr_assert_not_null(loop);
	watch_for(watched, EACH, heavy);
	loop_turn(loop, -1);
	for (size_t i = 0; i < EACH; i++)
		loop_unwatch(loop, &watched[i]);
	ordered = 0;
	loop_turn(loop, 0);
	cr_expect_eq(ordered, 0);
	loop_close(loop);
}

static void
note_deadline(void *arg)
{
	*(size_t *)arg = ordered;
}

/* An answer that came in time counts, however busy we are. */
Test(loop, who_is_patient_waits_for_all_that_came_before)
{
	size_t at[2] = { 0, 0 };
	struct loop_timer prompt = { .due = note_deadline, .arg = &at[0] };
	struct loop_timer patient = { .due = note_deadline,
		.arg = &at[1],
		.patient = true };

	loop = loop_open();
	cr_assert_not_null(loop);
	watch_for(watched, EACH, heavy);
	cr_assert(loop_set_timer(loop, &prompt, clock_now_ms()));
	cr_assert(loop_set_timer(loop, &patient, clock_now_ms()));
	while (at[0] == 0 || at[1] == 0)
		loop_turn(loop, -1);
	cr_expect_lt(at[0], EACH);
	cr_expect_eq(at[1], EACH);
	loop_close(loop);
}
