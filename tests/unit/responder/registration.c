/* registration.c - registrations of one URL of one account are known as such. */
#include "responder/registration.h"

#include <string.h>

#include <criterion/criterion.h>

#define URL "https://hooks.example.com/x"

/* Zero: the account is not known. */
struct who {
	unsigned char token, account;
	const char *url;
};

static const struct {
	struct who a, b;
	bool same;
} cases[] = {
	{ { 1, 1, URL }, { 1, 1, URL }, true },
	{ { 1, 1, URL }, { 1, 1, URL "y" }, false },
	{ { 1, 1, URL }, { 2, 1, URL }, true },
	{ { 1, 1, URL }, { 2, 2, URL }, false },
	{ { 1, 0, URL }, { 1, 1, URL }, true },
	{ { 1, 0, URL }, { 1, 0, URL }, true },
	{ { 1, 0, URL }, { 2, 0, URL }, false },
	{ { 1, 1, NULL }, { 1, 1, NULL }, false },
};

static void
fill(struct registration *p, const struct who *who)
{
	static const struct sealed sealed;
	const struct register_db_request request = {
		.token_hash = { who->token },
		.account = { .id = { who->account } },
		.url = who->url,
		.canonical = who->url,
		.sealed = who->url == NULL ? NULL : &sealed,
	};

	pending_init(&p->pending);
	cr_assert(registration_fill(p, &request));
}

Test(registration,
    one_url_of_one_account_is_known_though_the_account_may_not_be)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct registration a = { 0 }, b = { 0 };

		fill(&a, &cases[i].a);
		fill(&b, &cases[i].b);
		cr_assert_eq(registration_same_url(&a.pending, &b.pending),
		    cases[i].same, "case %zu", i);
		cr_assert_eq(registration_same_url(&b.pending, &a.pending),
		    cases[i].same, "case %zu", i);
		pending_destroy(&a.pending);
		registration_destroy(&a.pending);
		pending_destroy(&b.pending);
		registration_destroy(&b.pending);
	}
}
