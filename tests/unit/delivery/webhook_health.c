/* webhook_health.c - attempts are summed by webhook, and taken once. */
#include "delivery/webhook_health.h"

#include <string.h>

#include <criterion/criterion.h>

TestSuite(webhook_health, .fini = webhook_health_clear);

static void
end(unsigned char webhook, enum ending ending, int status, long long at_ms)
{
	struct attempt a = { .began_ms = at_ms, .status = status };

	memset(a.webhook, webhook, ID_BYTES);
	memset(a.account, 'A', ID_BYTES);
	a.verdict = verdict_of(ending, status);
	webhook_health_add(&a);
}

static struct webhook_health
take_one(void)
{
	struct webhook_health h = { 0 };

	cr_assert_eq(webhook_health_take(&h, 1), 1);
	return h;
}

Test(webhook_health, there_is_none_at_first)
{
	struct webhook_health h;

	cr_assert_eq(webhook_health_take(&h, 1), 0);
}

Test(webhook_health, attempts_of_a_webhook_are_summed)
{
	struct webhook_health h;

	end('a', ENDING_ANSWERED, 200, 10);
	end('a', ENDING_ANSWERED, 503, 20);
	end('a', ENDING_TIMEOUT, 0, 30);
	h = take_one();
	cr_assert_eq(h.webhook[0], 'a');
	cr_assert_eq(h.account[0], 'A');
	cr_assert_eq(h.attempts, 3);
	cr_assert_eq(h.taken, 1);
	cr_assert_eq(h.status, 503);
	cr_assert_eq(h.answered_ms, 20);
	cr_assert_eq(webhook_health_take(&h, 1), 0);
}

Test(webhook_health, an_older_answer_is_not_the_last)
{
	end('a', ENDING_ANSWERED, 200, 30);
	end('a', ENDING_ANSWERED, 500, 20);
	cr_assert_eq(take_one().status, 200);
}

Test(webhook_health, what_was_not_sent_counts_for_none)
{
	struct webhook_health h;

	end('a', ENDING_EXPIRED, 0, 0);
	end('a', ENDING_RETURNED, 0, 10);
	cr_assert_eq(webhook_health_take(&h, 1), 0);
}

Test(webhook_health, who_has_waited_for_longest_is_first)
{
	struct webhook_health two[2];

	end('a', ENDING_ANSWERED, 200, 10);
	end('b', ENDING_ANSWERED, 200, 20);
	end('c', ENDING_ANSWERED, 200, 30);
	end('a', ENDING_ANSWERED, 200, 40);
	cr_assert_eq(webhook_health_take(two, 2), 2);
	cr_assert_eq(two[0].webhook[0], 'a');
	cr_assert_eq(two[0].attempts, 2);
	cr_assert_eq(two[1].webhook[0], 'b');
	cr_assert_eq(take_one().webhook[0], 'c');
}

Test(webhook_health, what_is_put_back_is_summed_with_what_came)
{
	struct webhook_health h;

	end('a', ENDING_ANSWERED, 500, 10);
	h = take_one();
	end('a', ENDING_ANSWERED, 200, 20);
	webhook_health_put_back(&h, 1);
	h = take_one();
	cr_assert_eq(h.attempts, 2);
	cr_assert_eq(h.taken, 1);
	cr_assert_eq(h.status, 200);
}

Test(webhook_health, memory_is_bounded)
{
	struct webhook_health h = { .attempts = 1 };
	size_t count = 0;

	for (uint32_t i = 0; i < WEBHOOK_HEALTH_MAX + 9; i++) {
		memcpy(h.webhook, &i, sizeof i);
		webhook_health_put_back(&h, 1);
	}
	while (webhook_health_take(&h, 1) == 1)
		count++;
	cr_assert_eq(count, WEBHOOK_HEALTH_MAX);
}
