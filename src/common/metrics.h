/*
 * metrics.h - what a process counts, in cells that any thread may add to.
 *
 * A program has a table of rows, each of some cells or histograms in static
 * memory. No locks: an addition is one relaxed atomic instruction.
 */
#ifndef POSTERN_METRICS_H
#define POSTERN_METRICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/compiler.h"

#define METRIC_BUCKETS_MAX 16
#define METRIC_LABELS_MAX 160

typedef _Atomic uint64_t metric_cell;

static inline void
metric_add(metric_cell *c, uint64_t n)
{
	atomic_fetch_add_explicit(c, n, memory_order_relaxed);
}

static inline void
metric_subtract(metric_cell *c, uint64_t n)
{
	atomic_fetch_sub_explicit(c, n, memory_order_relaxed);
}

static inline void
metric_set(metric_cell *c, uint64_t n)
{
	atomic_store_explicit(c, n, memory_order_relaxed);
}

static inline uint64_t
metric_get(const metric_cell *c)
{
	return atomic_load_explicit(c, memory_order_relaxed);
}

/* The upper bounds of a histogram's buckets, and how they are written. */
struct metric_bounds {
	size_t count; /* less than METRIC_BUCKETS_MAX: the last is +Inf */
	struct {
		uint64_t most; /* in units of the cells */
		const char *text;
	} bucket[METRIC_BUCKETS_MAX];
};

extern const struct metric_bounds metric_seconds; /* cells: microseconds */
extern const struct metric_bounds metric_sizes;

struct metric_histogram {
	metric_cell buckets[METRIC_BUCKETS_MAX]; /* each without those below */
	metric_cell sum;
};

void metric_observe(struct metric_histogram *h,
    const struct metric_bounds *bounds, uint64_t value);

/* A row: either cells or histograms. */
struct metric {
	const char *name; /* in metric_list.h */
	size_t count;
	metric_cell *cells;
	struct metric_histogram *histograms;
	const struct metric_bounds *bounds;
	double unit; /* of a cell, or of a histogram's sum; 0: 1 */
	bool sparse; /* tell of nothing that never was */
	/* the labels of the nth, as name="value"; NULL: it has none */
	void (*label)(size_t n, char text[METRIC_LABELS_MAX]);
};

/* Write lines of Prometheus' text format, without HELP and TYPE. */
void metrics_write(FILE *out, const struct metric *rows, size_t count);

/* The same of the process: what it is, since when, what it uses. */
void metrics_write_process(FILE *out, const char *program, const char *version);

/* What write writes, which the caller frees; NULL: memory is short. */
MUST_CHECK char *metrics_text(void (*write)(FILE *out));

#endif
