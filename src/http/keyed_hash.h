/*
 * keyed_hash.h - hash of a name that strangers choose, for a table of ours.
 *
 * SipHash-2-4 with a random key, so that nobody can fill one bucket. Pure.
 */
#ifndef POSTERN_HTTP_KEYED_HASH_H
#define POSTERN_HTTP_KEYED_HASH_H

#include <stddef.h>
#include <stdint.h>

#define KEYED_HASH_BYTES 16

struct keyed_hash {
	unsigned char key[KEYED_HASH_BYTES];
};

/* A key of its own for each table. */
void keyed_hash_init(struct keyed_hash *h);

uint64_t keyed_hash(const struct keyed_hash *h, const char *bytes,
    size_t length);

#endif
