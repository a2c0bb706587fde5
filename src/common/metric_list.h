/*
 * metric_list.h - what there is to measure: a row for each metric of /metrics.
 *
 * Both programs and the database have some. doc/metrics.md says more of each,
 * and a test compares it with what is told.
 */
#ifndef POSTERN_METRIC_LIST_H
#define POSTERN_METRIC_LIST_H

#include <stddef.h>

#include "common/text.h"

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metric_family {
	const char *name; /* that of a counter ends in _total */
	enum metric_kind kind;
	const char *help; /* one line without a backslash */
};

/* In the order in which they are told. */
extern const struct metric_family metric_families[];
extern const size_t metric_family_count;

/*
 * Of which family is a sample of this name? A histogram's have _bucket, _sum
 * or _count behind it. metric_family_count: of none.
 */
size_t metric_list_find(struct text name);

#endif
