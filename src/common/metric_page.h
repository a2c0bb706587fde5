/*
 * metric_page.h - the page of /metrics, from the lines of several sources.
 *
 * Pure but for memory. The samples of a metric must stand together, under its
 * HELP and TYPE, whichever process counted them; each says which that is.
 */
#ifndef POSTERN_METRIC_PAGE_H
#define POSTERN_METRIC_PAGE_H

#include <stddef.h>

#include "common/compiler.h"
#include "common/text.h"

enum metric_format {
	METRIC_TEXT,       /* Prometheus' text format 0.0.4 */
	METRIC_OPENMETRICS /* OpenMetrics 1.0.0 */
};

/* Lines as metrics_write makes them, borrowed. */
struct metric_source {
	struct text process; /* whose; empty: the database's */
	struct text lines;
};

/*
 * The page, which the caller frees; NULL: memory is short. A line that is no
 * sample of a known metric is left out.
 */
MUST_CHECK char *metric_page_make(const struct metric_source *sources,
    size_t count, enum metric_format format);

/* Which of them does a header field Accept ask for? NULL: there is none. */
enum metric_format metric_page_format(const char *accept);

#endif
