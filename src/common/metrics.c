/* metrics.c - what a process counts, in cells that any thread may add to. */
#include "common/metrics.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"

const struct metric_bounds metric_seconds = { 13,
	{ { 1000, "0.001" }, { 2500, "0.0025" }, { 5000, "0.005" },
	    { 10000, "0.01" }, { 25000, "0.025" }, { 50000, "0.05" },
	    { 100000, "0.1" }, { 250000, "0.25" }, { 500000, "0.5" },
	    { 1000000, "1.0" }, { 2500000, "2.5" }, { 5000000, "5.0" },
	    { 10000000, "10.0" } } };

const struct metric_bounds metric_sizes = { 9,
	{ { 0, "0.0" }, { 1, "1.0" }, { 2, "2.0" }, { 4, "4.0" }, { 8, "8.0" },
	    { 16, "16.0" }, { 32, "32.0" }, { 64, "64.0" },
	    { 128, "128.0" } } };

void
metric_observe(struct metric_histogram *h, const struct metric_bounds *bounds,
    uint64_t value)
{
	size_t i = 0;

	while (i < bounds->count && value > bounds->bucket[i].most)
		i++;
	metric_add(&h->buckets[i], 1);
	metric_add(&h->sum, value);
}

/* What whole numbers are is written so, however large. */
static void
write_value(FILE *out, uint64_t value, double unit)
{
	if (unit == 0)
		fprintf(out, " %" PRIu64 "\n", value);
	else
		fprintf(out, " %.9g\n", (double)value * unit);
}

static void
write_name(FILE *out, const char *name, const char *suffix, const char *label)
{
	fprintf(out, *label == '\0' ? "%s%s" : "%s%s{%s}", name, suffix, label);
}

static void
write_histogram(FILE *out, const struct metric *m,
    const struct metric_histogram *h, const char *label)
{
	uint64_t below = 0;

	for (size_t i = 0; i <= m->bounds->count; i++) {
		below += metric_get(&h->buckets[i]);
		fprintf(out, "%s_bucket{%s%sle=\"%s\"} %" PRIu64 "\n", m->name,
		    label, *label == '\0' ? "" : ",",
		    i == m->bounds->count ? "+Inf" : m->bounds->bucket[i].text,
		    below);
	}
	write_name(out, m->name, "_sum", label);
	write_value(out, metric_get(&h->sum), m->unit);
	/* as the last bucket, whatever was added since */
	write_name(out, m->name, "_count", label);
	write_value(out, below, 0);
}

static bool
is_empty(const struct metric_histogram *h)
{
	for (size_t i = 0; i < METRIC_BUCKETS_MAX; i++)
		if (metric_get(&h->buckets[i]) > 0)
			return false;
	return true;
}

static void
write_nth(FILE *out, const struct metric *m, size_t n)
{
	char label[METRIC_LABELS_MAX] = "";
	uint64_t value = m->cells == NULL ? 0 : metric_get(&m->cells[n]);

	if (m->sparse &&
	    (m->cells == NULL ? is_empty(&m->histograms[n]) : value == 0))
		return;
	if (m->label != NULL)
		m->label(n, label);
	if (m->cells == NULL) {
		write_histogram(out, m, &m->histograms[n], label);
		return;
	}
	write_name(out, m->name, "", label);
	write_value(out, value, m->unit);
}

void
metrics_write(FILE *out, const struct metric *rows, size_t count)
{
	for (const struct metric *m = rows; m < rows + count; m++)
		for (size_t n = 0; n < m->count; n++)
			write_nth(out, m, n);
}

static double
seconds_of(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* 0: /proc does not say. */
static unsigned long long
resident_bytes(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long long pages = 0;
	char line[128], *end;

	if (f == NULL)
		return 0;
	if (fgets(line, sizeof line, f) != NULL &&
	    (end = strchr(line, ' ')) != NULL)
		pages = strtoull(end, NULL, 10);
	fclose(f);
	return pages * (unsigned long long)sysconf(_SC_PAGESIZE);
}

void
metrics_write_process(FILE *out, const char *program, const char *version)
{
	static _Atomic long long started;
	struct rusage use;
	long long none = 0;

	atomic_compare_exchange_strong(&started, &none, (long long)time(NULL));
	getrusage(RUSAGE_SELF, &use);
	fprintf(out,
	    "postern_build_info{program=\"%s\",version=\"%s\"} 1\n"
	    "postern_process_start_time_seconds %lld\n"
	    "postern_process_cpu_seconds_total %.6f\n"
	    "postern_process_resident_memory_bytes %llu\n",
	    program, version, atomic_load(&started),
	    seconds_of(use.ru_utime) + seconds_of(use.ru_stime),
	    resident_bytes());
}

char *
metrics_text(void (*write)(FILE *out))
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return NULL;
	write(out);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}
