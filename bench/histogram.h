/*
 * histogram.h - latencies, each known to one part in 128.
 *
 * Buckets grow with what they count: 128 for each doubling. A zeroed struct
 * is an empty histogram.
 */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_BITS 7
#define HISTOGRAM_BUCKETS ((64 - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS)

struct histogram {
	uint64_t count, highest;
	uint64_t buckets[HISTOGRAM_BUCKETS];
};

static inline void
histogram_add(struct histogram *h, uint64_t value)
{
	unsigned shift = 0;

	while ((value >> shift) >= (2u << HISTOGRAM_BITS))
		shift++;
	h->buckets[((uint64_t)shift << HISTOGRAM_BITS) + (value >> shift)]++;
	h->count++;
	if (value > h->highest)
		h->highest = value;
}

/* The highest value that the bucket counts. */
static inline uint64_t
histogram_top(size_t bucket)
{
	size_t shift = bucket >> HISTOGRAM_BITS;

	shift = shift > 1 ? shift - 1 : 0;
	return ((bucket - (shift << HISTOGRAM_BITS) + 1) << shift) - 1;
}

/* What the given part of all values, such as 0.99, does not exceed. */
static inline uint64_t
histogram_percentile(const struct histogram *h, double part)
{
	uint64_t wanted = (uint64_t)(part * (double)h->count + 0.5), seen = 0;
	size_t i = 0;

	while (i < HISTOGRAM_BUCKETS - 1 && seen + h->buckets[i] < wanted)
		seen += h->buckets[i++];
	return h->count == 0 || histogram_top(i) > h->highest
	    ? h->highest
	    : histogram_top(i);
}

#endif
