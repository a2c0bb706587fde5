/* log_repeats.c - a sentence is logged once a minute, and counted. */
#include "common/log_repeats.h"

#include <stdio.h>

#include <criterion/criterion.h>

Test(log_repeats, a_sentence_is_due_once)
{
	unsigned times = 9;

	cr_expect(log_repeats_is_due("one", &times));
	cr_expect_eq(times, 0);
	cr_expect_not(log_repeats_is_due("one", &times));
	cr_expect_not(log_repeats_is_due("one", &times));
	cr_expect(log_repeats_is_due("another", &times));
	cr_expect_eq(times, 0);
}

Test(log_repeats, of_many_the_first_is_forgotten)
{
	char sentence[16];
	unsigned times;

	for (int i = 0; i < LOG_REPEATS_MAX + 1; i++) {
		snprintf(sentence, sizeof sentence, "%d", i);
		cr_expect(log_repeats_is_due(sentence, &times));
	}
	cr_expect_not(log_repeats_is_due(sentence, &times));
	cr_expect(log_repeats_is_due("0", &times));
}
