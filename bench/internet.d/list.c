/*
 * list.c - lists the names of the internet, one a line, for the database.
 *
 * usage: list SEED NAMES ONE_US
 *
 * Number, kind, busy, has IPv6, round trip in microseconds, and the port.
 */
#include <stdio.h>

#include "world.h"

static const char *const words[] = {
	[WORLD_HEALTHY] = "healthy",
	[WORLD_REFUSES] = "refuses",
	[WORLD_HANGS] = "hangs",
	[WORLD_MISSING] = "missing",
	[WORLD_MUTE] = "mute",
	[WORLD_FAILS] = "fails",
	[WORLD_LIMITS] = "limits",
};

static void
list(uint64_t seed, uint32_t number, uint32_t one_us)
{
	struct world_name w = world_look(seed, number, one_us);

	printf("%u\t%s\t%d\t%d\t%u\t%d\n", number, words[w.kind], w.busy, w.six,
	    w.rtt_us, WORLD_PORT + (w.kind == WORLD_REFUSES));
}

int
main(int argc, char **argv)
{
	uint64_t seed, names, one_us;

	if (argc != 4) {
		fputs("usage: list SEED NAMES ONE_US\n", stderr);
		return 2;
	}
	seed = world_parse(argv[1], UINT64_MAX);
	names = world_parse(argv[2], WORLD_NAMES_MAX);
	one_us = world_parse(argv[3], 2000000);
	for (uint32_t i = 0; i < names; i++)
		list(seed, i, (uint32_t)one_us);
	list(seed, WORLD_ONE, (uint32_t)one_us);
	return 0;
}
