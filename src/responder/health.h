/*
 * health.h - is the database there, and a worker? Asked at most once a second.
 *
 * A thread of its own asks the database, over a connection of its own, and only
 * while somebody wants to know: any number may ask at one time, and nobody
 * waits longer than HEALTH_MS.
 */
#ifndef POSTERN_HEALTH_H
#define POSTERN_HEALTH_H

#include "common/compiler.h"

#define HEALTH_MS 1000         /* for an answer, which is as good for as long */
#define HEALTH_WORKER_MS 60000 /* a worker seen so lately counts as there */

enum health { HEALTH_READY, HEALTH_NO_DATABASE, HEALTH_NO_WORKER };

struct health_watch;

/* NULL when memory is short. Pair with health_close; NULL is fine. */
MUST_CHECK struct health_watch *health_open(const char *conninfo);
void health_close(struct health_watch *h);

enum health health_ask(struct health_watch *h);

#endif
