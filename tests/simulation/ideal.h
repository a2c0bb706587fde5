/*
 * ideal.h - what each account would hold if places could be cut into pieces.
 *
 * Weighted max-min fairness by progressive filling (Bertsekas and Gallager
 * 1992, 6.5.2): what everybody holds rises together, by weight, until a pool is
 * full; then who is in that pool stays, and the others go on rising.
 */
#ifndef POSTERN_SIMULATION_IDEAL_H
#define POSTERN_SIMULATION_IDEAL_H

#include <stddef.h>

#include "delivery/attempt.h"

struct claimant {
	double weight, demand;
	enum standing standing;  /* the innermost pool whose places it takes */
	double fair;             /* what it would hold */
	struct account *account; /* the user's */
};

/* Set fair of each. Pools are one inside the other, with so many places. */
void ideal_share(struct claimant *c, size_t count,
    const double capacity[STANDING_COUNT]);

/* Jain's index (Jain, Chiu and Hawe 1984): 1 when all are the same. */
double ideal_jain(const double *parts, size_t count);

#endif
