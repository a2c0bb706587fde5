/*
 * load.h - clients that register as fast as they are answered, and the
 * bookkeeping of what they were told.
 *
 * Each client keeps its connection and uses a new URL each time; one that
 * retries asks again for the same URL until it gets a 201.
 */
#ifndef CONTRACT_LOAD_H
#define CONTRACT_LOAD_H

#include "account.h"

#define STATUS_MAX 600

struct load;

struct load_plan {
	const struct account *who; /* borrowed until load_stop */
	const char *word;          /* in every URL */
	int clients;
	bool retry;
	long requests; /* of each client; 0: until stopped */
	size_t same;   /* URLs that all share; 0: own ones */
};

struct load *load_start(const struct load_plan *plan);

/* 201s so far. */
long load_registered(struct load *l);

/* Wait for the clients' own end, or ask for it first. Then count. */
void load_finish(struct load *l);
void load_stop(struct load *l);

/* After the end: how often a status came; 0 stands for no answer. */
long load_count(const struct load *l, int status);

/* After the end: statuses other than these two. */
long load_others(const struct load *l, int status, int other);

/* What was told against what is stored. */
struct tally {
	long acknowledged; /* URLs with a 201 */
	long stored;       /* live webhooks */
	long lost;         /* acknowledged, not stored */
	long unannounced;  /* stored, not acknowledged */
	long duplicated;   /* URLs with more than one live webhook */
	long wrong;        /* current key is not the last one told */
};

struct tally load_tally(struct load *l);
void load_free(struct load *l);

/* Nothing lost, doubled or wrong; unannounced only where that is so. */
void expect_tally(const char *name, const struct tally *t, bool exact);

#endif
