/* fuzz_egress_url.c - libcurl goes where egress_url_check says it goes. */
#include "common/compiler.h"
#include "common/egress_address.h"
#include "common/egress_url.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <criterion/criterion.h>
#include <curl/curl.h>

#include "mutate.h"

#define ROUNDS 100000

static const char *const seeds[] = {
	"https://hooks.example.com/abx",
	"HTTPS://A.Example:8443?q=%2f",
	"https://8.8.8.8:443/",
	"http://a.example:80/x",
	"https://127.0.0.1/",
	"https://[2606:4700::1111]:9000/",
	"https://[::ffff:127.0.0.1]/",
	"https://0x7f.1/",
	"https://0177.0.0.1/",
	"https://2130706433/",
	"https://user:pw@a.example/#f",
	"https://[fe80::1%25eth0]/",
	"https://a.example\\@b.example/",
	"https://localhost.:443/",
	"https://[64:ff9b::8.8.8.8]/",
	"https://10.1.2.3:9000/%00",
};

static char *
part(CURLU *url, CURLUPart what, unsigned flags)
{
	char *text = NULL;

	curl_url_get(url, what, &text, flags);
	return text;
}

static bool
same_ipv6(const char *x, const char *y)
{
	struct in6_addr a, b;
	char u[INET6_ADDRSTRLEN] = "", v[INET6_ADDRSTRLEN] = "";

	return sscanf(x, "[%45[^]]]", u) == 1 &&
	    sscanf(y, "[%45[^]]]", v) == 1 && inet_pton(AF_INET6, u, &a) == 1 &&
	    inet_pton(AF_INET6, v, &b) == 1 && memcmp(&a, &b, sizeof a) == 0;
}

/* Both have the part and it means the same, or neither has it. */
static void
same_part(CURLU *a, CURLU *b, CURLUPart what, const char *given)
{
	bool host = what == CURLUPART_HOST;
	char *x = part(a, what, CURLU_DEFAULT_PORT);
	char *y = part(b, what, CURLU_DEFAULT_PORT);

	cr_assert_eq(x == NULL, y == NULL, "%s", given);
	if (x != NULL)
		cr_assert(strcmp(x, y) == 0 ||
			(host && (strcasecmp(x, y) == 0 || same_ipv6(x, y))),
		    "%s: %s, %s", given, x, y);
	curl_free(x);
	curl_free(y);
}

static void
no_part(CURLU *url, CURLUPart what, const char *given)
{
	char *x = part(url, what, 0);

	cr_assert_null(x, "%s: %s", given, x);
}

/* No address is of this host. */
static bool
is_own(const unsigned char address[EGRESS_ADDRESS_BYTES], void *arg)
{
	(void)address;
	(void)arg;
	return false;
}

/* Where a host is an address in any notation, it may be connected to. */
static void
check_host(const struct egress_policy *policy, CURLU *url, const char *given)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	char *host = part(url, CURLUPART_HOST, 0);
	char *port = part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);

	in.sin_port = in6.sin6_port = htons((unsigned short)atoi(port));
	if (host[0] == '[') {
		host[strlen(host) - 1] = '\0';
		cr_assert_eq(inet_pton(AF_INET6, host + 1, &in6.sin6_addr), 1,
		    "%s", given);
		cr_assert(egress_address_may_connect(policy,
			      (struct sockaddr *)&in6, is_own, NULL),
		    "%s", given);
	} else if (inet_aton(host, &in.sin_addr) != 0) {
		cr_assert_eq(inet_pton(AF_INET, host, &in.sin_addr), 1, "%s",
		    given);
		cr_assert(egress_address_may_connect(policy,
			      (struct sockaddr *)&in, is_own, NULL),
		    "%s", given);
	}
	curl_free(host);
	curl_free(port);
}

static void
check_accepted(const struct egress_policy *policy, const char *given,
    const char *canonical)
{
	static const CURLUPart same[] = { CURLUPART_SCHEME, CURLUPART_HOST,
		CURLUPART_PORT, CURLUPART_PATH, CURLUPART_QUERY };
	CURLU *a = curl_url(), *b = curl_url();
	char again[EGRESS_URL_MAX + 1];

	cr_assert_eq(egress_url_check(policy, canonical, strlen(canonical),
			 again),
	    EGRESS_OK, "%s", canonical);
	cr_assert_str_eq(again, canonical);
	cr_assert_eq(curl_url_set(a, CURLUPART_URL, given, 0), CURLUE_OK, "%s",
	    given);
	cr_assert_eq(curl_url_set(b, CURLUPART_URL, canonical, 0), CURLUE_OK,
	    "%s", canonical);
	for (size_t i = 0; i < COUNT(same); i++)
		same_part(a, b, same[i], given);
	no_part(a, CURLUPART_USER, given);
	no_part(a, CURLUPART_PASSWORD, given);
	no_part(a, CURLUPART_FRAGMENT, given);
	check_host(policy, a, given);
	curl_url_cleanup(a);
	curl_url_cleanup(b);
}

/* A copy of exactly this size, so that a byte read too many is seen. */
static bool
try(const struct egress_policy *policy, const struct document *d)
{
	char canonical[EGRESS_URL_MAX + 1] = "untouched", *given;
	bool ok;

	given = malloc(d->length > 0 ? d->length : 1);
	cr_assert_not_null(given);
	memcpy(given, d->bytes, d->length);
	ok = egress_url_check(policy, given, d->length, canonical) == EGRESS_OK;
	free(given);
	if (!ok) {
		cr_assert_str_eq(canonical, "untouched");
		return false;
	}
	given = strndup((const char *)d->bytes, d->length);
	cr_assert_eq(strlen(given), d->length);
	check_accepted(policy, given, canonical);
	free(given);
	return true;
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

static void
fuzz(const struct egress_policy *policy, uint64_t seed)
{
	unsigned long accepted = 0, rounds = mutate_rounds(ROUNDS);

	for (unsigned long i = 0; i < rounds; i++) {
		struct document d = seed_document(&seed);
		struct document other = seed_document(&seed);

		mutate(&d, &other, &seed);
		accepted += try(policy, &d);
	}
	cr_expect_gt(accepted, rounds / 100, "only %lu accepted", accepted);
}

Test(fuzz_egress_url, libcurl_agrees_with_every_url_that_is_accepted)
{
	struct egress_policy policy = { 0 };

	fuzz(&policy, 20261124);
}

Test(fuzz_egress_url, libcurl_agrees_where_an_operator_allows_more)
{
	struct egress_policy policy = { .plain_http = true };

	cr_assert(egress_policy_allow(&policy, "127.0.0.0/8:1-65535"));
	cr_assert(egress_policy_allow(&policy, "10.1.0.0/16:9000"));
	cr_assert(egress_policy_allow(&policy, "[::/0]:1-65535"));
	cr_assert(egress_policy_set_nat64(&policy, "64:ff9b::/96"));
	fuzz(&policy, 4112620);
}
