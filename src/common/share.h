/*
 * share.h - how much of something scarce one account may hold.
 *
 * Pure. The limit is a dynamic threshold (Choudhury and Hahne 1998, "Dynamic
 * queue length thresholds for shared-memory packet switches"): it is not a part
 * of all there is, but a multiple of what is free just now. While nobody else
 * wants any, one account has nearly all. Where many want more than there is,
 * each comes to hold the same, by weight, and nobody has to know how many they
 * are: what all of them hold rises until the free rest times SHARE_MULTIPLE is
 * what each of them holds.
 *
 * The last eighth of a pool is for accounts that hold less than SHARE_FEW of
 * it, so that whoever had nothing need not wait for what others hold.
 */
#ifndef POSTERN_SHARE_H
#define POSTERN_SHARE_H

#include <stddef.h>

#define SHARE_MULTIPLE 8 /* of the free rest */
#define SHARE_FEW 2      /* so much of the last eighth */

/* Places, deliveries or bytes that all accounts share. */
struct share_pool {
	size_t capacity;
	size_t used; /* may be more, when capacity was taken away */
};

/* What an account of weight 1 may hold; 0: the pool has nothing left. */
size_t share_unit(const struct share_pool *p);

/*
 * What an account of this weight may hold, with what it holds already: at least
 * 1 while the pool has any, and else 0. A weight below 1 is a bound as well: it
 * never gets nearly all.
 */
size_t share_limit(const struct share_pool *p, float weight);

#endif
