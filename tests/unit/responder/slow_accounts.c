/* slow_accounts.c - who was slow is remembered, for a while. */
#include "responder/slow_accounts.h"

#include <criterion/criterion.h>

#define NOW 1000
#define LONG SLOW_ACCOUNTS_MS

static const struct account a = { .id = "a", .share = 1 };
static const struct account b = { .id = "b", .share = 1 };

Test(slow_accounts, who_held_something_for_long_is_slow_for_a_while)
{
	static struct slow_accounts s;
	long long end = NOW + LONG + SLOW_ACCOUNTS_MEMORY_MS;

	cr_assert_not(slow_accounts_has(&s, &a, NOW));
	slow_accounts_note(&s, &a, NOW, NOW + LONG);
	cr_assert(slow_accounts_has(&s, &a, NOW + LONG));
	cr_assert_not(slow_accounts_has(&s, &b, NOW + LONG));
	cr_assert(slow_accounts_has(&s, &a, end - 1));
	cr_assert_not(slow_accounts_has(&s, &a, end));
}

Test(slow_accounts, who_was_quick_is_not_and_does_not_clear_it)
{
	static struct slow_accounts s;

	slow_accounts_note(&s, &a, NOW, NOW + LONG - 1);
	cr_assert_not(slow_accounts_has(&s, &a, NOW + LONG));
	slow_accounts_note(&s, &a, NOW, NOW + LONG);
	slow_accounts_note(&s, &a, NOW + LONG, NOW + LONG + 1);
	cr_assert(slow_accounts_has(&s, &a, NOW + LONG + 2));
}
