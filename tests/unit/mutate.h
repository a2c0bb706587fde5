/* mutate.h - seeded mutations of documents, the same on every machine. */
#ifndef POSTERN_TESTS_MUTATE_H
#define POSTERN_TESTS_MUTATE_H

#include <stddef.h>
#include <stdint.h>

#define MUTATE_BYTES_MAX 4096

struct document {
	unsigned char bytes[MUTATE_BYTES_MAX];
	size_t length;
};

/*
 * Change the document in one to four places: bits, bytes, pieces left out or
 * doubled, pieces of other. The seed moves on.
 */
void mutate(struct document *d, const struct document *other, uint64_t *seed);

/* A number below n, which is not 0. */
size_t mutate_below(size_t n, uint64_t *seed);

/* How often to mutate: POSTERN_FUZZ_ROUNDS, or the number given. */
unsigned long mutate_rounds(unsigned long usual);

#endif
