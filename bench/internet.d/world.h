/*
 * world.h - what each name of the internet in the bench is, by its seed.
 *
 * Name N is nN.internet.test, with the address 10.1.0.0 + N, and every fourth
 * fd00:: + that besides. Whoever has the seed knows all the rest: how far away
 * a name is, and whether it works.
 */
#ifndef BENCH_WORLD_H
#define BENCH_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#define WORLD_ZONE "internet.test"
#define WORLD_ADDRESS 0x0a010000u /* 10.1.0.0 */
#define WORLD_NAMES_MAX 65000u
#define WORLD_ONE 65001u /* the one busy webhook's name */
#define WORLD_PORT 8443  /* 8444 is where nobody listens */

enum world_kind {
	WORLD_HEALTHY,
	WORLD_REFUSES, /* its connections are reset */
	WORLD_HANGS,   /* accepts, and never answers */
	WORLD_MISSING, /* there is no such name */
	WORLD_MUTE,    /* its name server is silent */
	WORLD_FAILS,   /* answers 500 */
	WORLD_LIMITS,  /* answers 429 */
};

struct world_name {
	enum world_kind kind;
	bool busy;       /* one of those that get a tenth of all events */
	bool six;        /* has an IPv6 address as well */
	uint32_t rtt_us; /* there and back */
};

struct world_name world_look(uint64_t seed, uint32_t number, uint32_t one_us);

/* The name's number of an address: the last four bytes, in network order. */
uint32_t world_number(const unsigned char tail[4]);

/* Text to a whole number up to max; anything else ends the program. */
uint64_t world_parse(const char *text, uint64_t max);

#endif
