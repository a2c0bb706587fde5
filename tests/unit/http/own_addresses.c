/* own_addresses.c - tests: what is of this host, whichever interface has it. */
#include "http/own_addresses.h"

#include <criterion/criterion.h>

static bool
has(struct own_addresses *own, const char *text, long long now_ms)
{
	unsigned char address[EGRESS_ADDRESS_BYTES];
	struct text t = { text, strlen(text) };

	cr_assert(egress_address_parse(AF_INET, t, address));
	return own_addresses_has(own, address, now_ms);
}

Test(own_addresses, are_read_when_asked_for)
{
	struct own_addresses own = { 0 };

	cr_expect(has(&own, "127.0.0.1", 1000));
	cr_expect_not(has(&own, "192.0.2.1", 1000));
	cr_expect_eq(own.read_ms, 1000);
	cr_expect(has(&own, "127.0.0.1", 60999));
	cr_expect_eq(own.read_ms, 1000);
	cr_expect(has(&own, "127.0.0.1", 61000));
	cr_expect_eq(own.read_ms, 61000);
	own_addresses_clear(&own);
	cr_expect_null(own.list);
}
