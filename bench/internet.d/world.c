/* world.c - what each name of the internet in the bench is, by its seed. */
#include "world.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MEDIAN_US 80000.0
#define SPREAD 1.0857 /* so that one in a hundred is a second away */
#define NEAREST_US 1000.0
#define FARTHEST_US 2000000.0

/* What of a thousand names are, in thousandths, summed up. */
static const struct {
	enum world_kind kind;
	unsigned up_to;
} kinds[] = {
	{ WORLD_REFUSES, 20 },
	{ WORLD_HANGS, 30 },
	{ WORLD_MISSING, 40 },
	{ WORLD_MUTE, 45 },
	{ WORLD_FAILS, 55 },
	{ WORLD_LIMITS, 60 },
	{ WORLD_HEALTHY, 1000 },
};

/* The next of a stream of random numbers (splitmix64). */
static uint64_t
draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* More than 0, up to 1. */
static double
draw_part(uint64_t *state)
{
	return ((double)(draw(state) >> 11) + 1) / 9007199254740992.0;
}

static uint32_t
draw_rtt(uint64_t *state)
{
	double r = sqrt(-2 * log(draw_part(state)));
	double normal = r * cos(2 * M_PI * draw_part(state));
	double us = MEDIAN_US * exp(SPREAD * normal);

	return (uint32_t)fmin(fmax(us, NEAREST_US), FARTHEST_US);
}

struct world_name
world_look(uint64_t seed, uint32_t number, uint32_t one_us)
{
	uint64_t state = seed * 0x2545f4914f6cdd1du + number;
	struct world_name w = { .kind = WORLD_HEALTHY, .rtt_us = one_us };
	unsigned part;
	size_t i = 0;

	if (number == WORLD_ONE)
		return w;
	state = draw(&state);
	part = (unsigned)(draw(&state) % 1000);
	while (part >= kinds[i].up_to)
		i++;
	w.kind = kinds[i].kind;
	w.busy = draw(&state) % 100 == 0;
	w.six = number % 4 == 3;
	w.rtt_us = draw_rtt(&state);
	return w;
}

uint32_t
world_number(const unsigned char tail[4])
{
	uint32_t a = (uint32_t)tail[0] << 24 | (uint32_t)tail[1] << 16 |
	    (uint32_t)tail[2] << 8 | tail[3];

	return a - WORLD_ADDRESS;
}

uint64_t
world_parse(const char *text, uint64_t max)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value > max) {
		fprintf(stderr, "not a number up to %llu: %s\n",
		    (unsigned long long)max, text);
		exit(2);
	}
	return value;
}
