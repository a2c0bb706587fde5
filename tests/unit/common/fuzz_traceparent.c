/* fuzz_traceparent.c - what is taken is to the letter, whatever comes. */
#include "common/compiler.h"
#include "common/traceparent.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "mutate.h"

#define ROUNDS 100000
#define PARTS "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

static const char *const seeds[] = { "00-" PARTS, "cc-" PARTS "-x", "" };

/* Written again it is the same, but for its version and what comes behind. */
static void
check_again(const struct traceparent *t, const struct document *d)
{
	char text[TRACEPARENT_LENGTH + 1];

	traceparent_write(t, text);
	cr_assert_geq(d->length, TRACEPARENT_LENGTH);
	cr_assert_eq(memcmp(text + 2, d->bytes + 2, TRACEPARENT_LENGTH - 2), 0,
	    "%s", text);
	cr_assert_eq(strspn(text, "0123456789abcdef-"), TRACEPARENT_LENGTH);
	cr_assert(
	    d->length == TRACEPARENT_LENGTH || memcmp(d->bytes, "00", 2) != 0);
}

/* A copy of exactly this size, so that a byte too many is seen. */
static bool
try(const struct document *d)
{
	char *text = malloc(d->length > 0 ? d->length : 1);
	struct traceparent t;
	bool ok;

	cr_assert_not_null(text);
	memcpy(text, d->bytes, d->length);
	ok = traceparent_parse((struct text){ text, d->length }, &t);
	free(text);
	if (ok)
		check_again(&t, d);
	else
		cr_assert_str_eq(t.trace, "");
	return ok;
}

static struct document
seed_document(uint64_t *seed)
{
	const char *text = seeds[mutate_below(COUNT(seeds), seed)];
	struct document d;

	d.length = strlen(text);
	memcpy(d.bytes, text, d.length);
	return d;
}

Test(fuzz_traceparent, it_is_taken_whole_or_not_at_all)
{
	uint64_t seed = 20261127;
	unsigned long taken = 0, rounds = mutate_rounds(ROUNDS);

	for (unsigned long i = 0; i < rounds; i++) {
		struct document d = seed_document(&seed);
		struct document other = seed_document(&seed);

		mutate(&d, &other, &seed);
		taken += try(&d);
	}
	cr_expect_gt(taken, rounds / 100, "only %lu taken", taken);
}
