/* metric_page.c - lines of several sources become one page. */
#include "common/metric_page.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "common/metric_list.h"

#define CPU "postern_process_cpu_seconds_total"
#define CALL "postern_queue_call_seconds"

static struct text
text(const char *s)
{
	return (struct text){ s, strlen(s) };
}

static char *
make(const char *ours, const char *theirs, enum metric_format format)
{
	struct metric_source sources[] = { { text("h:1"), text(ours) },
		{ text(theirs), text(ours) } };
	char *page = metric_page_make(sources, 2, format);

	cr_assert_not_null(page);
	return page;
}

static int
count(const char *page, const char *what)
{
	int found = 0;

	for (; (page = strstr(page, what)) != NULL; page++)
		found++;
	return found;
}

Test(metric_page, samples_of_a_metric_stand_together)
{
	char *page = make("postern_places 4\n" CPU " 1\n", "", METRIC_TEXT);

	cr_assert_str_eq(page,
	    "# HELP " CPU " Processor time that it used.\n"
	    "# TYPE " CPU " counter\n" CPU "{process=\"h:1\"} 1\n" CPU " 1\n"
	    "# HELP postern_places Requests that it can have in flight at one "
	    "time.\n"
	    "# TYPE postern_places gauge\n"
	    "postern_places{process=\"h:1\"} 4\n"
	    "postern_places 4\n");
	free(page);
}

Test(metric_page, openmetrics_has_names_without_total_and_an_end)
{
	char *page = make(CPU " 1\n", "", METRIC_OPENMETRICS);

	cr_assert_eq(count(page, "# TYPE postern_process_cpu_seconds counter"),
	    1);
	cr_assert_eq(count(page, "\n" CPU " 1\n"), 1);
	cr_assert_str_eq(page + strlen(page) - 6, "# EOF\n");
	free(page);
}

Test(metric_page, labels_stay_and_a_histogram_is_one_metric)
{
	char *page =
	    make(CALL "_bucket{call=\"a}\\\"b\",le=\"+Inf\"} 3\n" CALL
		      "_sum{call=\"a\"} 0.5\n" CALL "_count{call=\"a\"} 3\n",
		"", METRIC_TEXT);

	cr_assert_eq(count(page, "# TYPE " CALL " histogram\n"), 1);
	cr_assert_eq(count(page, "# TYPE"), 1);
	cr_assert_eq(count(page,
			 "_bucket{process=\"h:1\",call=\"a}\\\"b\",le="
			 "\"+Inf\"} 3\n"),
	    1);
	cr_assert_eq(count(page, "_count{call=\"a\"} 3\n"), 1);
	free(page);
}

Test(metric_page, what_is_no_sample_of_ours_is_left_out)
{
	static const char *const bad[] = { "", "\n", "other 1",
		"postern_places", "postern_places ", "postern_places x",
		"postern_places{a=\"b 1", "postern_places{a=\"b\"}",
		"postern_places{a=\"b\\", "# HELP x",
		"postern_places{a=\"b\"}1", "postern_places 1 postern_places",
		"postern_places_sum 1", CALL " 1" };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char *page = make(bad[i], "", METRIC_TEXT);

		cr_assert_str_eq(page, "", "%s", bad[i]);
		free(page);
	}
}

Test(metric_page, a_name_of_a_host_ends_no_label)
{
	char *page = make("postern_places 1\n", "a\"} 2\n#:2", METRIC_TEXT);

	cr_assert_eq(count(page, "{process=\"a___2__:2\"} 1\n"), 1);
	free(page);
}

Test(metric_page, accept_chooses_the_format)
{
	cr_assert_eq(metric_page_format(NULL), METRIC_TEXT);
	cr_assert_eq(metric_page_format("text/plain;version=0.0.4"),
	    METRIC_TEXT);
	cr_assert_eq(metric_page_format("application/openmetrics-text;"
					"version=1.0.0,text/plain;q=0.5"),
	    METRIC_OPENMETRICS);
}

Test(metric_page, names_are_as_prometheus_wants_them)
{
	for (size_t i = 0; i < metric_family_count; i++) {
		const struct metric_family *f = &metric_families[i];
		size_t length = strlen(f->name);
		bool total =
		    length > 6 && strcmp(f->name + length - 6, "_total") == 0;

		cr_assert_eq(strncmp(f->name, "postern_", 8), 0);
		cr_assert_eq(total, f->kind == METRIC_COUNTER, "%s", f->name);
		cr_assert_null(strpbrk(f->help, "\\\n"), "%s", f->name);
		for (size_t j = 0; j < i; j++)
			cr_assert_str_neq(f->name, metric_families[j].name);
	}
}
