/* name_answer.c - tests: two families make one answer. */
#include "http/name_answer.h"

#include <limits.h>
#include <string.h>

#include <criterion/criterion.h>

#include "common/compiler.h"

/* Addresses in words: 4a is the first of IPv4, 6b the second of IPv6. */
static const struct merge_case {
	const char *v6, *v4, *merged;
} cases[] = {
	{ "", "", "" },
	{ "6a", "", "6a" },
	{ "", "4a4b", "4a4b" },
	{ "6a", "4a", "6a4a" },
	{ "6a6b6c", "4a", "6a4a6b6c" },
	{ "6a", "4a4b4c", "6a4a4b4c" },
	{ "4a6a4b6b", "4a6a4b6b", "6a4a6b4b" },
};

static void
read_words(struct name_answer *a, const char *words)
{
	memset(a, 0, sizeof *a);
	for (; *words != '\0'; words += 2) {
		struct resolver_address *to = &a->addresses[a->count++];

		to->family = words[0] == '4' ? AF_INET : AF_INET6;
		to->v6.s6_addr[0] = (unsigned char)words[1];
	}
}

static void
write_words(const struct name_answer *a, char *words)
{
	for (size_t i = 0; i < a->count; i++) {
		*words++ = a->addresses[i].family == AF_INET ? '4' : '6';
		*words++ = (char)a->addresses[i].v6.s6_addr[0];
	}
	*words = '\0';
}

Test(name_answer, families_take_turns)
{
	char words[2 * RESOLVER_ADDRESSES_MAX + 1];
	struct name_answer v6, v4, merged;

	for (size_t i = 0; i < COUNT(cases); i++) {
		read_words(&v6, cases[i].v6);
		read_words(&v4, cases[i].v4);
		name_answer_merge(&merged, &v6, &v4);
		write_words(&merged, words);
		cr_expect_str_eq(words, cases[i].merged);
	}
}

Test(name_answer, it_has_so_many_addresses_at_most)
{
	struct name_answer v6 = { .count = RESOLVER_ADDRESSES_MAX }, v4 = v6;
	struct name_answer merged;

	for (size_t i = 0; i < RESOLVER_ADDRESSES_MAX; i++) {
		v6.addresses[i].family = AF_INET6;
		v4.addresses[i].family = AF_INET;
	}
	name_answer_merge(&merged, &v6, &v4);
	cr_expect_eq(merged.count, RESOLVER_ADDRESSES_MAX);
	cr_expect_eq(merged.addresses[63].family, AF_INET);
}

Test(name_answer, it_is_true_as_long_as_both)
{
	struct name_answer v6, v4, merged;

	read_words(&v6, "6a");
	read_words(&v4, "4a");
	v6.ttl_s = 9;
	v4.ttl_s = 7;
	name_answer_merge(&merged, &v6, &v4);
	cr_expect_eq(merged.ttl_s, 7);
	name_answer_merge(&merged, &v6, NULL);
	cr_expect_eq(merged.ttl_s, 9);
}

Test(name_answer, the_failure_that_may_pass_counts)
{
	static const struct {
		enum resolver_result v6, v4, merged;
	} ends[] = {
		{ RESOLVER_NO_NAME, RESOLVER_NO_NAME, RESOLVER_NO_NAME },
		{ RESOLVER_NO_NAME, RESOLVER_FAILED, RESOLVER_FAILED },
		{ RESOLVER_SILENT, RESOLVER_FAILED, RESOLVER_SILENT },
		{ RESOLVER_FAILED, RESOLVER_SILENT, RESOLVER_SILENT },
	};
	struct name_answer merged;

	for (size_t i = 0; i < COUNT(ends); i++) {
		struct name_answer v6 = { .result = ends[i].v6, .why = "6" };
		struct name_answer v4 = { .result = ends[i].v4, .why = "4" };

		name_answer_merge(&merged, &v6, &v4);
		cr_expect_eq(merged.result, ends[i].merged);
		cr_expect_not_null(merged.why);
		v4.count = 1;
		v4.result = RESOLVER_OK;
		v4.addresses[0].family = AF_INET;
		name_answer_merge(&merged, &v6, &v4);
		cr_expect_eq(merged.result, RESOLVER_OK);
		cr_expect_null(merged.why);
	}
}
