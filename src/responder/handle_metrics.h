/* handle_metrics.h - GET /metrics: for those who watch. */
#ifndef POSTERN_HANDLE_METRICS_H
#define POSTERN_HANDLE_METRICS_H

#include "responder/router.h"

/*
 * Nobody's account counts it, and no token is asked for: the web server lets
 * in local addresses alone.
 */
route_handler handle_metrics;

#endif
