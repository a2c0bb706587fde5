/* retry_policy.c - what becomes of a delivery, case by case. */
#include "delivery/retry_policy.h"

#include <stdlib.h>

#include <criterion/criterion.h>

#include "common/compiler.h"
#include "delivery/retry_schedule.h"

#define LAST (RETRY_SCHEDULE_ATTEMPTS - 1)
#define MINUTE 60000
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static const struct retry_schedule usual;

/* The delay is within its jitter of delay_ms. */
static const struct {
	enum ending ending;
	int status;
	int32_t retry_no;
	long retry_after_s;
	enum fate fate;
	int64_t delay_ms;
	int32_t hold_ms;
} cases[] = {
	{ ENDING_ANSWERED, 200, 0, 0, FATE_SENT, 0, 0 },
	{ ENDING_ANSWERED, 200, LAST, 60, FATE_SENT, 0, 0 },
	{ ENDING_ANSWERED, 410, 0, 60, FATE_FAILED, 0, 0 },
	{ ENDING_ANSWERED, 500, 0, 0, FATE_RETRY, 5000, 0 },
	{ ENDING_ANSWERED, 500, 0, 60, FATE_RETRY, 5000, 0 },
	{ ENDING_ANSWERED, 500, 1, 0, FATE_RETRY, 5 * MINUTE, 0 },
	{ ENDING_ANSWERED, 500, LAST - 1, 0, FATE_RETRY, DAY, 0 },
	{ ENDING_ANSWERED, 500, LAST, 0, FATE_FAILED, 0, 0 },
	{ ENDING_ANSWERED, 302, 3, 0, FATE_RETRY, 2 * HOUR, 0 },
	{ ENDING_ANSWERED, 429, 0, 120, FATE_RETRY, 5000, 2 * MINUTE },
	{ ENDING_ANSWERED, 429, 0, -5, FATE_RETRY, 5000, 0 },
	{ ENDING_ANSWERED, 503, 0, 86400, FATE_RETRY, 5000, DAY },
	{ ENDING_ANSWERED, 503, 0, 86401, FATE_RETRY, 5000, DAY },
	{ ENDING_ANSWERED, 503, 0, 4294967297L, FATE_RETRY, 5000, DAY },
	{ ENDING_ANSWERED, 503, LAST, 60, FATE_FAILED, 0, MINUTE },
	{ ENDING_TIMEOUT, 0, 0, 0, FATE_RETRY, 5000, 0 },
	{ ENDING_TIMEOUT, 0, LAST, 0, FATE_FAILED, 0, 0 },
	{ ENDING_REFUSED, 0, 2, 0, FATE_RETRY, 30 * MINUTE, 0 },
	{ ENDING_EXPIRED, 0, 0, 0, FATE_FAILED, 0, 0 },
	{ ENDING_RETURNED, 0, 0, 0, FATE_RETURNED, 0, 0 },
	{ ENDING_RETURNED, 0, LAST, 0, FATE_RETURNED, 0, 0 },
};

Test(retry_policy, every_case)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct retry_case c = {
			verdict_of(cases[i].ending, cases[i].status),
			cases[i].retry_no,
			cases[i].retry_after_s,
			&usual,
		};

		for (uint32_t dice = 0; dice < 30000; dice += 29) {
			struct retry_decision d = retry_policy_decide(&c, dice);
			int64_t off = d.delay_ms - cases[i].delay_ms;

			cr_assert_eq(d.fate, cases[i].fate, "case %zu", i);
			cr_assert_eq(d.hold_ms, cases[i].hold_ms, "case %zu",
			    i);
			cr_assert_leq(10 * llabs(off), cases[i].delay_ms,
			    "case %zu", i);
		}
	}
}

Test(retry_policy, a_schedule_of_its_own_decides)
{
	const struct retry_schedule own = { 3, { 1, 2592000 } };
	struct retry_case c = { verdict_of(ENDING_ANSWERED, 500), 1, 0, &own };
	struct retry_decision d = retry_policy_decide(&c, 0);

	cr_assert_eq(d.fate, FATE_RETRY);
	cr_assert_eq(d.delay_ms, INT64_C(2592000) * 900);
	c.retry_no = 2;
	cr_assert_eq(retry_policy_decide(&c, 0).fate, FATE_FAILED);
}
