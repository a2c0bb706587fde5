/* claims.h - what a world's worker takes into hand ahead of its sender. */
#ifndef POSTERN_SIMULATION_CLAIMS_H
#define POSTERN_SIMULATION_CLAIMS_H

#include "world.h"

/* Take what accounts are owed, in turn, as far as each has room. */
void claims_make(struct world *w);

/* So many more of this webhook are in hand. */
void claims_count(struct world *w, struct webhook *h, enum standing standing,
    int change);

#endif
