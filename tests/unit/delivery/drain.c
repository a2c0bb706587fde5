/* drain.c - a worker that stops waits no longer than it has to. */
#include "delivery/drain.h"

#include <criterion/criterion.h>

#include "common/compiler.h"
#include "delivery/scheduler.h"

#define NOW 1000000LL

/* Claimed so long ago, with a time-out: for how long to wait. */
static const struct {
	long long ago_ms;
	int32_t timeout_s;
	long long wait_ms;
} cases[] = {
	{ 0, 0, DRAIN_MS },
	{ 0, 1, SCHEDULER_WAIT_MS + 1000 },
	{ 0, 60, DRAIN_MAX_MS },
	{ SCHEDULER_WAIT_MS, 60, DRAIN_MAX_MS },
	{ SCHEDULER_WAIT_MS + 30000, 60, 30000 },
	{ SCHEDULER_WAIT_MS + 50000, 60, DRAIN_MS },
	{ 1000000, 60, DRAIN_MS },
};

Test(drain, every_case)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct drain d = { 0 };
		struct attempt usual = { 0 };
		struct attempt a = { .next = &usual,
			.timeout_s = cases[i].timeout_s };

		drain_note(&d, &a, NOW - cases[i].ago_ms);
		cr_assert_eq(usual.since_ms, NOW - cases[i].ago_ms);
		cr_assert_eq(drain_until(&d, NOW) - NOW, cases[i].wait_ms,
		    "case %zu", i);
	}
}
