/* egress_address.c - tests: which addresses may be connected to. */
#include "common/compiler.h"
#include "common/egress_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include <criterion/criterion.h>

struct address_case {
	const char *address;
	unsigned port;
	bool ok;
};

static const struct egress_policy strict;

/* 198.41.0.4 is of this host. */
static bool
is_own(const unsigned char address[EGRESS_ADDRESS_BYTES], void *arg)
{
	static const unsigned char own[] = { 198, 41, 0, 4 };

	cr_assert_eq(arg, &strict);
	return egress_address_is_mapped(address) &&
	    memcmp(address + EGRESS_ADDRESS_BYTES - sizeof own, own,
		sizeof own) == 0;
}

static bool
may_connect(const struct egress_policy *policy, const char *text, unsigned port)
{
	void *arg = (void *)(uintptr_t)&strict;
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	in.sin_port = in6.sin6_port = htons((unsigned short)port);
	if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
		return egress_address_may_connect(policy,
		    (struct sockaddr *)&in, is_own, arg);
	cr_assert_eq(inet_pton(AF_INET6, text, &in6.sin6_addr), 1, "%s", text);
	return egress_address_may_connect(policy, (struct sockaddr *)&in6,
	    is_own, arg);
}

static void
connect_all(const struct egress_policy *policy,
    const struct address_case *cases, size_t n)
{
	for (const struct address_case *c = cases; c < cases + n; c++)
		cr_expect_eq(may_connect(policy, c->address, c->port), c->ok,
		    "%s port %u", c->address, c->port);
}

Test(egress_address,
    an_allowed_range_opens_its_addresses_and_ports_and_no_other)
{
	static const struct address_case cases[] = {
		{ "127.0.0.1", 9000, true },
		{ "127.0.0.1", 9001, false },
		{ "::ffff:127.0.0.1", 9000, true },
		{ "::1", 9000, false },
		{ "127.0.0.2", 9000, false },
		{ "10.1.2.3", 22, true },
		{ "10.1.2.3", 21, false },
		{ "fdff::1", 8443, true },
		{ "fdff::1", 443, false },
	};
	struct egress_policy policy = { 0 };

	cr_assert(egress_policy_allow(&policy, "127.0.0.1/32:9000"));
	cr_assert(egress_policy_allow(&policy, "10.1.0.0/16:22-25"));
	cr_assert(egress_policy_allow(&policy, "[fd00::/8]:8443"));
	connect_all(&policy, cases, COUNT(cases));
}

Test(egress_address, what_is_denied_is_denied_though_it_is_allowed)
{
	static const struct address_case cases[] = {
		{ "192.41.0.4", 443, false },
		{ "192.41.1.4", 443, true },
		{ "10.1.2.3", 8443, false },
		{ "10.1.3.3", 8443, true },
		{ "2606:4700::1", 443, false },
		{ "2606:4701::1", 443, true },
	};
	static const char *const malformed[] = { "", "192.41.0.4",
		"192.41.0.0/33", "192.41.0.0/24:443", "[2606::/32]",
		"2606::/129", "names" };
	struct egress_policy policy = { 0 };

	cr_assert(egress_policy_allow(&policy, "10.1.0.0/16:8443"));
	cr_assert(egress_policy_deny(&policy, "192.41.0.0/24"));
	cr_assert(egress_policy_deny(&policy, "10.1.2.0/24"));
	cr_assert(egress_policy_deny(&policy, "2606:4700::/32"));
	connect_all(&policy, cases, COUNT(cases));
	for (size_t i = 0; i < COUNT(malformed); i++)
		cr_expect_not(egress_policy_deny(&policy, malformed[i]), "%s",
		    malformed[i]);
	while (policy.deny_count < EGRESS_DENY_MAX)
		cr_assert(egress_policy_deny(&policy, "192.41.0.0/24"));
	cr_expect_not(egress_policy_deny(&policy, "192.41.0.0/24"));
}

Test(egress_address, an_address_of_this_host_has_to_be_allowed)
{
	struct egress_policy policy = { 0 };

	cr_expect_not(may_connect(&policy, "198.41.0.4", 443));
	cr_expect_not(may_connect(&policy, "::ffff:198.41.0.4", 443));
	cr_expect(may_connect(&policy, "198.41.0.5", 443));
	cr_assert(egress_policy_allow(&policy, "198.41.0.4/32:443"));
	cr_expect(may_connect(&policy, "198.41.0.4", 443));
	cr_expect_not(may_connect(&policy, "198.41.0.4", 8443));
}

Test(egress_address, port_80_is_open_where_plain_http_is)
{
	struct egress_policy policy = { .plain_http = true };

	cr_expect(may_connect(&policy, "8.8.8.8", 80));
	cr_expect_not(may_connect(&policy, "8.8.8.8", 81));
	cr_expect_not(may_connect(&policy, "10.0.0.1", 80));
	cr_expect_not(may_connect(&strict, "8.8.8.8", 80));
}

Test(egress_address, a_range_of_every_address_is_of_one_family)
{
	struct egress_policy four = { 0 }, six = { 0 };

	cr_assert(egress_policy_allow(&four, "0.0.0.0/0:1-65535"));
	cr_assert(egress_policy_allow(&six, "[::/0]:1-65535"));
	cr_expect(may_connect(&four, "127.0.0.1", 1));
	cr_expect(may_connect(&four, "::ffff:255.255.255.255", 65535));
	cr_expect_not(may_connect(&four, "::1", 443));
	cr_expect_not(may_connect(&four, "127.0.0.1", 0));
	cr_expect(may_connect(&six, "::1", 1));
	cr_expect_not(may_connect(&six, "127.0.0.1", 443));
	cr_expect_not(may_connect(&six, "::ffff:127.0.0.1", 443));
}

Test(egress_address, every_prefix_length_is_compared_to_its_last_bit)
{
	for (unsigned bits = 1; bits <= 32; bits++) {
		struct in_addr inside = { htonl(0x0a0a0a0a) }, outside;
		char range[32], text[INET_ADDRSTRLEN];
		struct egress_policy policy = { 0 };

		snprintf(range, sizeof range, "10.10.10.10/%u:22", bits);
		cr_assert(egress_policy_allow(&policy, range), "%s", range);
		inet_ntop(AF_INET, &inside, text, sizeof text);
		cr_expect(may_connect(&policy, text, 22), "%s", range);
		outside.s_addr = inside.s_addr ^ htonl(1u << (32 - bits));
		inet_ntop(AF_INET, &outside, text, sizeof text);
		cr_expect_not(may_connect(&policy, text, 22), "%s: %s", range,
		    text);
	}
}

Test(egress_address, a_range_is_written_one_way)
{
	static const struct {
		const char *text;
		bool ok;
	} cases[] = {
		{ "127.0.0.1/32:9000", true },
		{ "10.1.0.0/16:1024-65535", true },
		{ "[fd00::/8]:8443", true },
		{ "[::1/128]:1-1", true },
		{ "10.1.2.3/8:1-65535", true },
		{ "0.0.0.0/0:443", true },
		{ "", false },
		{ ":", false },
		{ "/:", false },
		{ "[", false },
		{ "[]", false },
		{ "[]:1", false },
		{ "127.0.0.1", false },
		{ "127.0.0.1:9000", false },
		{ "127.0.0.1/32", false },
		{ "127.0.0.1/32:", false },
		{ "127.0.0.1/:9000", false },
		{ "127.0.0.1/33:9000", false },
		{ "127.0.0.1/032:9000", false },
		{ "127.0.0.1/-1:9000", false },
		{ "127.0.0.1/+8:9000", false },
		{ "127.0.0.1/4294967296:9000", false },
		{ "127.0.0.1/32:0", false },
		{ "127.0.0.1/32:65536", false },
		{ "127.0.0.1/32:9000-", false },
		{ "127.0.0.1/32:-9000", false },
		{ "127.0.0.1/32:9001-9000", false },
		{ "127.0.0.1/32:0-9000", false },
		{ "127.0.0.1/32:1-2-3", false },
		{ "127.0.0.1/32:09000", false },
		{ "127.0.0.1/32:9000 ", false },
		{ " 127.0.0.1/32:9000", false },
		{ "127.0.0.1 /32:9000", false },
		{ "127.1/32:9000", false },
		{ "127.0.0.01/32:9000", false },
		{ "localhost/32:9000", false },
		{ "fd00::/8:8443", false },
		{ "[fd00::]/8:8443", false },
		{ "[fd00::/8]8443", false },
		{ "[fd00::/8:8443", false },
		{ "[fd00::/129]:8443", false },
		{ "[10.0.0.0/8]:8443", false },
		{ "x[fd00::/8]:8443", false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct egress_policy policy = { 0 }, before = policy;

		cr_expect_eq(egress_policy_allow(&policy, cases[i].text),
		    cases[i].ok, "\"%s\"", cases[i].text);
		cr_expect_eq(policy.allow_count, cases[i].ok ? 1 : 0);
		if (!cases[i].ok)
			cr_expect_eq(memcmp(&policy, &before, sizeof policy), 0,
			    "\"%s\" left a trace", cases[i].text);
	}
}

Test(egress_address, a_full_policy_takes_no_more)
{
	struct egress_policy policy = { 0 };

	for (int i = 0; i < EGRESS_ALLOW_MAX; i++)
		cr_assert(egress_policy_allow(&policy, "10.0.0.0/8:443"));
	cr_expect_not(egress_policy_allow(&policy, "10.0.0.0/8:443"));
	cr_expect_eq(policy.allow_count, EGRESS_ALLOW_MAX);
}

/* Each refused range: its first and last address, and its neighbours. */
Test(egress_address, no_connection_is_opened_into_a_refused_range)
{
	static const struct address_case cases[] = {
		{ "0.0.0.0", 443, false },
		{ "0.255.255.255", 443, false },
		{ "1.0.0.0", 443, true },
		{ "9.255.255.255", 443, true },
		{ "10.0.0.0", 443, false },
		{ "10.255.255.255", 443, false },
		{ "11.0.0.0", 443, true },
		{ "100.63.255.255", 443, true },
		{ "100.64.0.0", 443, false },
		{ "100.127.255.255", 443, false },
		{ "100.128.0.0", 443, true },
		{ "126.255.255.255", 443, true },
		{ "127.0.0.0", 443, false },
		{ "127.255.255.255", 443, false },
		{ "128.0.0.0", 443, true },
		{ "168.63.129.15", 443, true },
		{ "168.63.129.16", 443, false },
		{ "168.63.129.17", 443, true },
		{ "169.253.255.255", 443, true },
		{ "169.254.0.0", 443, false },
		{ "169.254.255.255", 443, false },
		{ "169.255.0.0", 443, true },
		{ "172.15.255.255", 443, true },
		{ "172.16.0.0", 443, false },
		{ "172.31.255.255", 443, false },
		{ "172.32.0.0", 443, true },
		{ "191.255.255.255", 443, true },
		{ "192.0.0.0", 443, false },
		{ "192.0.0.255", 443, false },
		{ "192.0.1.0", 443, true },
		{ "192.0.1.255", 443, true },
		{ "192.0.2.0", 443, false },
		{ "192.0.2.255", 443, false },
		{ "192.0.3.0", 443, true },
		{ "192.31.195.255", 443, true },
		{ "192.31.196.0", 443, false },
		{ "192.31.196.255", 443, false },
		{ "192.31.197.0", 443, true },
		{ "192.52.192.255", 443, true },
		{ "192.52.193.0", 443, false },
		{ "192.52.193.255", 443, false },
		{ "192.52.194.0", 443, true },
		{ "192.88.98.255", 443, true },
		{ "192.88.99.0", 443, false },
		{ "192.88.99.255", 443, false },
		{ "192.88.100.0", 443, true },
		{ "192.167.255.255", 443, true },
		{ "192.168.0.0", 443, false },
		{ "192.168.255.255", 443, false },
		{ "192.169.0.0", 443, true },
		{ "192.175.47.255", 443, true },
		{ "192.175.48.0", 443, false },
		{ "192.175.48.255", 443, false },
		{ "192.175.49.0", 443, true },
		{ "198.17.255.255", 443, true },
		{ "198.18.0.0", 443, false },
		{ "198.19.255.255", 443, false },
		{ "198.20.0.0", 443, true },
		{ "198.51.99.255", 443, true },
		{ "198.51.100.0", 443, false },
		{ "198.51.100.255", 443, false },
		{ "198.51.101.0", 443, true },
		{ "203.0.112.255", 443, true },
		{ "203.0.113.0", 443, false },
		{ "203.0.113.255", 443, false },
		{ "203.0.114.0", 443, true },
		{ "223.255.255.255", 443, true },
		{ "224.0.0.0", 443, false },
		{ "239.255.255.255", 443, false },
		{ "240.0.0.0", 443, false },
		{ "255.255.255.255", 443, false },
		{ "1fff:ffff::", 443, false },
		{ "2000::", 443, true },
		{ "2000:ffff::", 443, true },
		{ "2001::", 443, false },
		{ "2001:1ff:ffff::", 443, false },
		{ "2001:200::", 443, true },
		{ "2001:db7:ffff::", 443, true },
		{ "2001:db8::", 443, false },
		{ "2001:db8:ffff::", 443, false },
		{ "2001:db9::", 443, true },
		{ "2001:ffff::", 443, true },
		{ "2002::", 443, false },
		{ "2002:ffff::", 443, false },
		{ "2003::", 443, true },
		{ "2620:4f:7fff::", 443, true },
		{ "2620:4f:8000::", 443, false },
		{ "2620:4f:8000:ffff::", 443, false },
		{ "2620:4f:8001::", 443, true },
		{ "3ffe:ffff::", 443, true },
		{ "3fff::", 443, false },
		{ "3fff:fff::", 443, false },
		{ "3fff:1000::", 443, true },
		{ "3fff:ffff::", 443, true },
		{ "4000::", 443, false },
		{ "2606:4700::5efe:808:808", 443, false },
		{ "2606:4700::200:5efe:808:808", 443, false },
		{ "2606:4700::300:5efe:808:808", 443, true },
		{ "2606:4700::1:5efe:808:808", 443, true },
		{ "2606:4700::5eff:808:808", 443, true },
		{ "::", 443, false },
		{ "::1", 443, false },
		{ "::8.8.8.8", 443, false },
		{ "64:ff9b::8.8.8.8", 443, false },
		{ "64:ff9b:1::8.8.8.8", 443, false },
		{ "100::1", 443, false },
		{ "5f00::1", 443, false },
		{ "fc00::1", 443, false },
		{ "fd00::1", 443, false },
		{ "fe80::1", 443, false },
		{ "fec0::1", 443, false },
		{ "ff02::1", 443, false },
		{ "::ffff:8.8.8.8", 443, true },
		{ "::ffff:127.0.0.1", 443, false },
		{ "::ffff:169.254.169.254", 443, false },
		{ "::ffff:0:808:808", 443, false },
		{ "::fffe:808:808", 443, false },
	};

	connect_all(&strict, cases, COUNT(cases));
}

Test(egress_address, a_connection_obeys_the_port_rule)
{
	for (unsigned port = 0; port <= 65535; port++) {
		bool ok = port == 443 || port >= 1024;

		if (may_connect(&strict, "8.8.8.8", port) != ok ||
		    may_connect(&strict, "2606:4700::1111", port) != ok)
			cr_expect_fail("port %u", port);
	}
}

Test(egress_address, only_internet_addresses_are_connected_to)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "/x" };
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	cr_expect_not(egress_address_may_connect(&strict,
	    (struct sockaddr *)&un, is_own, (void *)(uintptr_t)&strict));
	cr_expect_not(egress_address_may_connect(&strict, &none, is_own,
	    (void *)(uintptr_t)&strict));
}

Test(egress_address, an_address_of_the_own_nat64_is_judged_as_the_one_behind_it)
{
	static const struct address_case cases[] = {
		{ "2a00:1:2:3::8.8.8.8", 443, true },
		{ "2a00:1:2:3::8.8.8.8", 22, false },
		{ "2a00:1:2:3::127.0.0.1", 443, false },
		{ "2a00:1:2:3::169.254.169.254", 443, false },
		{ "2a00:1:2:3::10.0.0.1", 443, true },
		{ "2a00:1:2:3::10.0.0.1", 8443, false },
		{ "2a00:1:2:3:1::127.0.0.1", 443, true },
		{ "64:ff9b::8.8.8.8", 443, false },
	};
	struct egress_policy policy = { 0 }, well_known = { 0 };

	cr_assert(egress_policy_set_nat64(&policy, "2a00:1:2:3::/96"));
	cr_assert(egress_policy_allow(&policy, "10.0.0.0/8:443"));
	connect_all(&policy, cases, COUNT(cases));
	cr_assert(egress_policy_set_nat64(&well_known, "64:ff9b::/96"));
	cr_expect(may_connect(&well_known, "64:ff9b::8.8.8.8", 443));
	cr_expect_not(may_connect(&well_known, "64:ff9b::10.0.0.1", 443));
}

Test(egress_address, a_nat64_prefix_has_96_bits)
{
	static const struct {
		const char *text;
		bool ok;
	} cases[] = {
		{ "64:ff9b:1::/96", true },
		{ "64:ff9b::/96", true },
		{ "2a00:1:2:3:0:4::/96", true },
		{ "2a00:1:2:3:ff:4::/96", true },
		{ "2a00:1:2:3:100::/96", false },
		{ "64:ff9b:1::1/96", false },
		{ "64:ff9b:1::/95", false },
		{ "64:ff9b:1::/97", false },
		{ "64:ff9b:1::/0", false },
		{ "64:ff9b:1::/128", false },
		{ "64:ff9b:1::/096", false },
		{ "64:ff9b:1::/", false },
		{ "64:ff9b:1::", false },
		{ "10.0.0.0/96", false },
		{ "[64:ff9b:1::]/96", false },
		{ "", false },
		{ "/96", false },
		{ " 64:ff9b:1::/96", false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct egress_policy policy = { 0 };

		cr_expect_eq(egress_policy_set_nat64(&policy, cases[i].text),
		    cases[i].ok, "\"%s\"", cases[i].text);
		cr_expect_eq(policy.has_nat64, cases[i].ok);
	}
}
