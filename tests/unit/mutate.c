/* mutate.c - seeded mutations of documents, the same on every machine. */
#include "mutate.h"

#include <stdlib.h>
#include <string.h>

#include "common/compiler.h"

/* SplitMix64. */
static uint64_t
next(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

size_t
mutate_below(size_t n, uint64_t *seed)
{
	return (size_t)(next(seed) % n);
}

/* Put the piece in place of the old bytes at this place. */
static void
replace(struct document *d, size_t at, size_t old, const unsigned char *piece,
    size_t length)
{
	unsigned char copy[MUTATE_BYTES_MAX];

	if (d->length - old + length > sizeof d->bytes)
		return;
	memcpy(copy, piece, length);
	memmove(d->bytes + at + length, d->bytes + at + old,
	    d->length - at - old);
	memcpy(d->bytes + at, copy, length);
	d->length = d->length - old + length;
}

static void
flip_bit(struct document *d, const struct document *other, uint64_t *seed)
{
	(void)other;
	if (d->length > 0)
		d->bytes[mutate_below(d->length, seed)] ^=
		    (unsigned char)(1u << mutate_below(8, seed));
}

static void
put_byte(struct document *d, const struct document *other, uint64_t *seed)
{
	static const char likely[] = "\"\\{}[],:.-+eE0129aux% /\n\t@#?%25";
	size_t at = mutate_below(d->length + 1, seed);
	unsigned char byte = (unsigned char)next(seed);

	(void)other;
	if (mutate_below(3, seed) > 0)
		byte = (unsigned char)likely[mutate_below(sizeof likely, seed)];
	replace(d, at, at < d->length ? mutate_below(2, seed) : 0, &byte, 1);
}

static void
leave_out(struct document *d, const struct document *other, uint64_t *seed)
{
	size_t at = mutate_below(d->length + 1, seed);

	(void)other;
	replace(d, at,
	    mutate_below(d->length - at + 1, seed) /
		(1 + mutate_below(16, seed)),
	    d->bytes, 0);
}

static void
splice(struct document *d, const struct document *other, uint64_t *seed)
{
	size_t from = mutate_below(other->length + 1, seed);
	size_t length = mutate_below(other->length - from + 1, seed);

	replace(d, mutate_below(d->length + 1, seed), 0, other->bytes + from,
	    length);
}

static void
repeat(struct document *d, const struct document *other, uint64_t *seed)
{
	struct document self = *d;

	(void)other;
	splice(d, &self, seed);
}

void
mutate(struct document *d, const struct document *other, uint64_t *seed)
{
	static void (*const ways[])(struct document *, const struct document *,
	    uint64_t *) = {
		flip_bit,
		put_byte,
		put_byte,
		leave_out,
		splice,
		repeat,
	};
	size_t times = 1 + mutate_below(4, seed);

	while (times-- > 0)
		ways[mutate_below(COUNT(ways), seed)](d, other, seed);
}

unsigned long
mutate_rounds(unsigned long usual)
{
	const char *text = getenv("POSTERN_FUZZ_ROUNDS");

	return text == NULL ? usual : strtoul(text, NULL, 10);
}
