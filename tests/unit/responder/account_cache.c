/* account_cache.c - what the database said is known for a while. */
#include "responder/account_cache.h"

#include <string.h>

#include <criterion/criterion.h>

#define MANY 100000
#define NOW 1000

static const unsigned char *
hash_of(unsigned n)
{
	static unsigned char hash[CREDENTIAL_HASH_BYTES];

	memset(hash, 0, sizeof hash);
	memcpy(hash, &n, sizeof n);
	return hash;
}

static struct account
account_of(unsigned n)
{
	struct account a = { .share = (float)n };

	memcpy(a.id, &n, sizeof n);
	return a;
}

static bool
knows(struct account_cache *c, unsigned n, long long now)
{
	struct account a, wanted = account_of(n);

	if (!account_cache_find(c, hash_of(n), now, &a))
		return false;
	cr_assert_eq(memcmp(a.id, wanted.id, ID_BYTES), 0);
	cr_assert_eq(a.share, wanted.share);
	return true;
}

static void
add(struct account_cache *c, unsigned n)
{
	struct account a = account_of(n);

	account_cache_add(c, hash_of(n), NOW, &a);
}

Test(account_cache, what_it_was_told_it_knows_for_a_while)
{
	struct account_cache *c = account_cache_open();

	cr_assert_not(knows(c, 1, NOW));
	add(c, 1);
	add(c, 2);
	cr_assert(knows(c, 1, NOW));
	cr_assert(knows(c, 2, NOW + ACCOUNT_CACHE_MS - 1));
	cr_assert_not(knows(c, 1, NOW + ACCOUNT_CACHE_MS));
	cr_assert_not(knows(c, 3, NOW));
	account_cache_close(c);
}

Test(account_cache, zeros_are_not_known)
{
	struct account_cache *c = account_cache_open();

	cr_assert_not(knows(c, 0, NOW));
	account_cache_close(c);
}

Test(account_cache, it_is_bounded_and_keeps_the_latest)
{
	struct account_cache *c = account_cache_open();
	unsigned known = 0;

	for (unsigned n = 1; n <= MANY; n++)
		add(c, n);
	for (unsigned n = 1; n <= MANY; n++)
		known += knows(c, n, NOW);
	cr_assert_eq(known, 4096);
	cr_assert(knows(c, MANY, NOW));
	account_cache_close(c);
}
