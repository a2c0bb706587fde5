/* random.h - numbers drawn from a seed, so that a day can be had again. */
#ifndef POSTERN_SIMULATION_RANDOM_H
#define POSTERN_SIMULATION_RANDOM_H

#include <math.h>
#include <stdint.h>

struct random {
	uint64_t state;
};

/* xorshift64* (Marsaglia 2003, Vigna 2016); the state is never 0. */
static inline uint32_t
random_draw(struct random *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return (uint32_t)((r->state * 0x2545f4914f6cdd1d) >> 32);
}

/* From low to high, both inclusive. */
static inline int
random_from(struct random *r, int low, int high)
{
	return low + (int)(random_draw(r) % (uint32_t)(high - low + 1));
}

/* Above 0, at most 1. */
static inline double
random_part(struct random *r)
{
	return ((double)random_draw(r) + 1) / 4294967296.0;
}

/* The time until the next of events that come so many times an hour. */
static inline long long
random_gap_ms(struct random *r, double an_hour)
{
	return 1 + (long long)(-log(random_part(r)) * 3600000 / an_hour);
}

#endif
