/* verdict.c - what each end of an attempt means, row by row. */
#include "delivery/verdict.h"

#include <criterion/criterion.h>

static const struct {
	int status;
	const char *name;
	enum fate fate;
	bool hard, honours_retry_after;
} answers[] = {
	{ 200, "delivered", FATE_SENT, false, false },
	{ 204, "delivered", FATE_SENT, false, false },
	{ 299, "delivered", FATE_SENT, false, false },
	{ 101, "rejected", FATE_RETRY, false, false },
	{ 300, "redirect", FATE_RETRY, false, false },
	{ 301, "redirect", FATE_RETRY, false, false },
	{ 399, "redirect", FATE_RETRY, false, false },
	{ 400, "rejected", FATE_RETRY, false, false },
	{ 401, "rejected", FATE_RETRY, false, false },
	{ 404, "rejected", FATE_RETRY, false, false },
	{ 409, "rejected", FATE_RETRY, false, false },
	{ 410, "gone", FATE_FAILED, false, false },
	{ 411, "rejected", FATE_RETRY, false, false },
	{ 428, "rejected", FATE_RETRY, false, false },
	{ 429, "busy", FATE_RETRY, true, true },
	{ 500, "rejected", FATE_RETRY, false, false },
	{ 501, "rejected", FATE_RETRY, false, false },
	{ 502, "busy", FATE_RETRY, true, true },
	{ 503, "busy", FATE_RETRY, true, true },
	{ 504, "busy", FATE_RETRY, true, true },
	{ 505, "rejected", FATE_RETRY, false, false },
	{ 999, "rejected", FATE_RETRY, false, false },
	{ -1, "garbage", FATE_RETRY, true, false },
	{ 1000, "garbage", FATE_RETRY, true, false },
};

Test(verdict, every_answer)
{
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		const struct verdict *v =
		    verdict_of(ENDING_ANSWERED, answers[i].status);

		cr_assert_str_eq(v->name, answers[i].name, "status %d",
		    answers[i].status);
		cr_assert_eq(v->fate, answers[i].fate, "status %d",
		    answers[i].status);
		cr_assert_eq(v->hard, answers[i].hard, "status %d",
		    answers[i].status);
		cr_assert_eq(v->honours_retry_after,
		    answers[i].honours_retry_after, "status %d",
		    answers[i].status);
	}
}

Test(verdict, every_ending_has_a_row)
{
	for (enum ending e = 0; e < ENDING_COUNT; e++)
		cr_assert_not_null(verdict_of(e, 1000)->name, "ending %d", e);
}

Test(verdict, without_an_answer_the_status_is_nothing)
{
	cr_assert_eq(verdict_of(ENDING_TIMEOUT, 200)->fate, FATE_RETRY);
	cr_assert(verdict_of(ENDING_TIMEOUT, 200)->hard);
	cr_assert_eq(verdict_of(ENDING_EXPIRED, 0)->fate, FATE_FAILED);
	cr_assert_eq(verdict_of(ENDING_RETURNED, 0)->fate, FATE_RETURNED);
	cr_assert_not(verdict_of(ENDING_RETURNED, 0)->hard);
}
