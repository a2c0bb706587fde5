/* line.c - accounts take turns, and each keeps its own order. */
#include "responder/line.h"

#include <criterion/criterion.h>

#define MOST 16

static struct place places[MOST];
static struct line line;

/* One after the other joins; each is a letter, its account. */
static void
come(const char *accounts)
{
	line = (struct line){ .first = NULL };
	for (size_t i = 0; accounts[i] != '\0'; i++) {
		places[i] =
		    (struct place){ .account = { (unsigned char)accounts[i] } };
		line_join(&line, &places[i]);
	}
}

static void
expect(const char *accounts)
{
	const struct place *p = line.first, *before = NULL;
	size_t i = 0;

	for (; p != NULL; p = p->next) {
		cr_assert_eq(p->account[0], accounts[i], "at %zu", i);
		cr_assert_eq(p->previous, before);
		before = p;
		i++;
	}
	cr_assert_eq(accounts[i], '\0');
	cr_assert_eq(line.last, before);
}

static const struct {
	const char *came, *stand;
} cases[] = {
	{ "", "" },
	{ "a", "a" },
	{ "aaa", "aaa" },
	{ "ab", "ab" },
	{ "aaaab", "abaaa" },
	{ "aaaabb", "ababaa" },
	{ "aabbcc", "abcabc" },
	{ "abcabc", "abcabc" },
	{ "aaaabcb", "abcabaa" },
};

Test(line, who_comes_stands_behind_the_first_of_each_account)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		come(cases[i].came);
		expect(cases[i].stand);
	}
}

Test(line, those_of_one_account_keep_their_order)
{
	come("aabaab");
	expect("abab"
	       "aa");
	cr_assert_eq(line.first, &places[0]);
	cr_assert_eq(places[0].next, &places[2]);
	cr_assert_eq(places[2].next, &places[1]);
	cr_assert_eq(places[1].next, &places[5]);
	cr_assert_eq(line.last, &places[4]);
}

Test(line, who_leaves_may_stand_anywhere)
{
	come("abc");
	line_leave(&line, &places[1]);
	expect("ac");
	line_leave(&line, &places[2]);
	expect("a");
	line_leave(&line, &places[0]);
	expect("");
}

Test(line, who_could_not_be_served_is_back_where_it_was)
{
	come("aaabb");
	expect("ababa");
	for (size_t i = 0; i < 3; i++)
		line_leave(&line, &places[i]);
	expect("bb");
	for (size_t i = 3; i-- > 0;)
		line_rejoin(&line, &places[i]);
	expect("ababa");
	cr_assert_eq(line.first, &places[0]);
	cr_assert_eq(line.last, &places[2]);
}

Test(line, who_comes_does_not_wait_for_all_that_were_put_back)
{
	come("aaaaaa");
	for (size_t i = 0; i < 6; i++)
		line_leave(&line, &places[i]);
	for (size_t i = 6; i-- > 0;)
		line_rejoin(&line, &places[i]);
	places[6] = (struct place){ .account = { 'b' } };
	line_join(&line, &places[6]);
	expect("abaaaaa");
}
