/* webhook_keys.c - of the account's keys each is derived, and no other. */
#include "responder/webhook_keys.h"

#include <stdlib.h>

#include <criterion/criterion.h>

/* As in tests/unit/delivery/platform_signer.c. */
#define ACCOUNT "\"account\":\"00000000-0000-7000-8000-00000000000a\","
#define PLATFORM "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
#define DERIVED "whpk_Qw5kPpdqYURfjJiS/7xbNuOwBRVlyiapIWEkBBN5byo="
#define ITEM(key, scope) "{\"key\":\"" key "\",\"scope\":\"" scope "\"}"

Test(webhook_keys, derive_the_accounts_and_leave_it_out)
{
	static const struct {
		const char *given, *wanted;
	} cases[] = {
		{ "{" ACCOUNT "\"keys\":[]}", "{\"keys\":[]}" },
		{ "{" ACCOUNT "\"keys\":[" ITEM(PLATFORM, "account") "]}",
		    "{\"keys\":[" ITEM(DERIVED, "account") "]}" },
		{ "{" ACCOUNT "\"keys\":[" ITEM(PLATFORM,
		      "account") "," ITEM(PLATFORM, "platform") "]}",
		    "{\"keys\":[" ITEM(DERIVED, "account") "," ITEM(PLATFORM,
			"platform") "]}" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *body = webhook_keys_body(cases[i].given);

		cr_assert_not_null(body);
		cr_assert_str_eq(body, cases[i].wanted);
		free(body);
	}
}

Test(webhook_keys, refuse_what_is_no_such_answer)
{
	static const char *const cases[] = {
		"",
		"{",
		"[]",
		"{\"keys\":[]}",
		"{" ACCOUNT "\"keys\":{}}",
		"{\"account\":\"0000\",\"keys\":[]}",
		"{" ACCOUNT "\"keys\":[" ITEM("whpk_AAAA", "account") "]}",
		"{" ACCOUNT "\"keys\":[{\"scope\":\"account\"}]}",
		/* a point of small order */
		"{" ACCOUNT "\"keys\":[" ITEM(
		    "whpk_AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		    "account") "]}",
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		cr_expect_null(webhook_keys_body(cases[i]), "%s", cases[i]);
}
