/* tally.c - each attempt that a worker made is counted once. */
#include "delivery/tally.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

static bool
tells(const char *line)
{
	char *all = NULL;
	size_t size;
	FILE *out = open_memstream(&all, &size);
	bool found;

	tally_write(out);
	fclose(out);
	found = strstr(all, line) != NULL;
	free(all);
	return found;
}

static void
end(enum ending ending, int status)
{
	struct attempt a = { .verdict = verdict_of(ending, status) };

	tally_attempt(&a);
}

Test(tally, an_attempt_has_its_verdict_and_outcome)
{
	end(ENDING_ANSWERED, 204);
	end(ENDING_ANSWERED, 410);
	end(ENDING_TIMEOUT, 0);
	cr_assert(tells("postern_attempts_total{verdict=\"delivered\"} 1\n"));
	cr_assert(tells("postern_attempts_total{verdict=\"gone\"} 1\n"));
	cr_assert(tells("postern_outcomes_total{outcome=\"sent\"} 1\n"));
	cr_assert(tells("postern_outcomes_total{outcome=\"failed\"} 1\n"));
	cr_assert(tells("postern_outcomes_total{outcome=\"retry\"} 1\n"));
	cr_assert(tells("postern_breaker_failures_total 1\n"));
}

Test(tally, each_verdict_that_there_is_has_a_row)
{
	char line[96];

	for (int e = 0; e < ENDING_COUNT; e++)
		for (int status = 100; status < 600; status++) {
			const char *name =
			    verdict_of((enum ending)e, status)->name;

			end((enum ending)e, status);
			snprintf(line, sizeof line, "verdict=\"%s\"} 0\n",
			    name);
			cr_assert_not(tells(line), "%s", name);
			if (e != ENDING_ANSWERED)
				break;
		}
}

Test(tally, a_phase_is_what_lies_between)
{
	struct attempt a = { .verdict = verdict_of(ENDING_ANSWERED, 200),
		.name_us = 1000,
		.connect_us = 3000,
		.tls_us = 7000,
		.first_us = 15000,
		.total_us = 15500 };

	tally_attempt(&a);
	cr_assert(tells("phase_seconds_sum{phase=\"name\"} 0.001\n"));
	cr_assert(tells("phase_seconds_sum{phase=\"connect\"} 0.002\n"));
	cr_assert(tells("phase_seconds_sum{phase=\"tls\"} 0.004\n"));
	cr_assert(tells("phase_seconds_sum{phase=\"answer\"} 0.008\n"));
	cr_assert(tells("phase_seconds_sum{phase=\"total\"} 0.0155\n"));
}

Test(tally, on_a_kept_connection_there_is_only_the_answer)
{
	struct attempt a = { .verdict = verdict_of(ENDING_ANSWERED, 200),
		.first_us = 8000,
		.total_us = 9000 };

	tally_attempt(&a);
	cr_assert(tells("phase_seconds_count{phase=\"tls\"} 0\n"));
	cr_assert(tells("phase_seconds_sum{phase=\"answer\"} 0.008\n"));
}

Test(tally, a_turn_says_which_worker_it_is)
{
	tally_places(64);
	tally_turn(7, 12);
	cr_assert_eq(tally_state().worker, 7);
	cr_assert_eq(tally_state().places, 64);
	cr_assert(tells("postern_in_hand 12\n"));
	cr_assert(tells("postern_loop_turns_total 1\n"));
}
