/* metrics.c - what is counted is written as Prometheus reads it. */
#include "common/metrics.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

static metric_cell plain[1], by_name[2];
static struct metric_histogram times[1], rare[2];

static void
label(size_t n, char text[METRIC_LABELS_MAX])
{
	snprintf(text, METRIC_LABELS_MAX, "name=\"%zu\"", n);
}

static const struct metric rows[] = {
	{ .name = "plain", .count = 1, .cells = plain, .unit = 0.001 },
	{ .name = "named", .count = 2, .cells = by_name, .label = label },
	{ .name = "times",
	    .count = 1,
	    .histograms = times,
	    .bounds = &metric_seconds,
	    .unit = 1e-6 },
	{ .name = "rare",
	    .count = 2,
	    .histograms = rare,
	    .bounds = &metric_sizes,
	    .sparse = true,
	    .label = label },
};

/* How often it is written. */
static int
count(const char *text)
{
	char *all = NULL;
	size_t size;
	FILE *out = open_memstream(&all, &size);
	int found = 0;

	metrics_write(out, rows, sizeof rows / sizeof *rows);
	fclose(out);
	for (const char *at = all; (at = strstr(at, text)) != NULL; at++)
		found++;
	free(all);
	return found;
}

Test(metrics, a_cell_is_a_line_in_its_unit)
{
	metric_add(&plain[0], 1500);
	metric_set(&by_name[1], 18446744073709551615u);
	cr_assert_eq(count("plain 1.5\n"), 1);
	cr_assert_eq(count("named{name=\"0\"} 0\n"), 1);
	cr_assert_eq(count("named{name=\"1\"} 18446744073709551615\n"), 1);
}

Test(metrics, a_bucket_has_all_up_to_its_bound)
{
	metric_observe(times, &metric_seconds, 1000);
	metric_observe(times, &metric_seconds, 1001);
	metric_observe(times, &metric_seconds, 99000000);
	cr_assert_eq(count("times_bucket{le=\"0.001\"} 1\n"), 1);
	cr_assert_eq(count("times_bucket{le=\"0.0025\"} 2\n"), 1);
	cr_assert_eq(count("times_bucket{le=\"10.0\"} 2\n"), 1);
	cr_assert_eq(count("times_bucket{le=\"+Inf\"} 3\n"), 1);
	cr_assert_eq(count("times_sum 99.002001\n"), 1);
	cr_assert_eq(count("times_count 3\n"), 1);
}

Test(metrics, of_what_is_rare_only_what_came_is_told)
{
	cr_assert_eq(count("rare"), 0);
	metric_observe(&rare[1], &metric_sizes, 5);
	cr_assert_eq(count("rare_bucket{name=\"1\",le=\"8.0\"} 1\n"), 1);
	cr_assert_eq(count("rare_count{name=\"1\"} 1\n"), 1);
	cr_assert_eq(count("name=\"0\",le"), 0);
}

Test(metrics, bounds_rise_and_leave_a_bucket_for_the_rest)
{
	const struct metric_bounds *all[] = { &metric_seconds, &metric_sizes };

	for (size_t b = 0; b < 2; b++) {
		cr_assert_lt(all[b]->count, METRIC_BUCKETS_MAX);
		for (size_t i = 1; i < all[b]->count; i++)
			cr_assert_gt(all[b]->bucket[i].most,
			    all[b]->bucket[i - 1].most);
	}
}
