/* egress_url.c - tests: which URLs may receive. */
#include "common/compiler.h"
#include "common/egress_url.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#define UNTOUCHED "untouched"

struct url_case {
	const char *url;
	enum egress_result verdict;
	const char *canonical; /* when the verdict is EGRESS_OK */
};

static const struct egress_policy strict;

static enum egress_result
judge(const struct egress_policy *policy, const char *url, size_t length)
{
	char canonical[EGRESS_URL_MAX + 1] = UNTOUCHED;
	enum egress_result verdict;

	verdict = egress_url_check(policy, url, length, canonical);
	if (verdict == EGRESS_OK)
		cr_expect_leq(strlen(canonical), EGRESS_URL_MAX);
	else
		cr_expect_str_eq(canonical, UNTOUCHED, "\"%.*s\"", (int)length,
		    url);
	return verdict;
}

static void
run(const struct egress_policy *policy, const struct url_case *cases, size_t n)
{
	for (const struct url_case *c = cases; c < cases + n; c++) {
		char canonical[EGRESS_URL_MAX + 1] = UNTOUCHED;

		cr_expect_eq(egress_url_check(policy, c->url, strlen(c->url),
				 canonical),
		    c->verdict, "\"%s\"", c->url);
		cr_expect_str_eq(canonical,
		    c->verdict == EGRESS_OK ? c->canonical : UNTOUCHED,
		    "canonical form of \"%s\"", c->url);
	}
}

static void
all(enum egress_result verdict, const char *const *urls, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cr_expect_eq(judge(&strict, urls[i], strlen(urls[i])), verdict,
		    "\"%s\"", urls[i]);
}

/* "https://" + before + byte + after */
static enum egress_result
judge_with_byte(const char *before, int byte, const char *after)
{
	char url[256];
	int n = snprintf(url, sizeof url, "https://%s", before);

	url[n++] = (char)byte;
	n += snprintf(url + n, sizeof url - (size_t)n, "%s", after);
	return judge(&strict, url, (size_t)n);
}

Test(egress_url, an_ordinary_url_is_accepted_and_made_canonical)
{
	static const struct url_case cases[] = {
		{ "https://hooks.example.com/abx", EGRESS_OK,
		    "https://hooks.example.com/abx" },
		{ "HTTPS://Hooks.EXAMPLE.com/AbX", EGRESS_OK,
		    "https://hooks.example.com/AbX" },
		{ "hTtPs://a.example", EGRESS_OK, "https://a.example/" },
		{ "https://a.example/", EGRESS_OK, "https://a.example/" },
		{ "https://a.example?x", EGRESS_OK, "https://a.example/?x" },
		{ "https://a.example/?x", EGRESS_OK, "https://a.example/?x" },
		{ "https://a.example:443", EGRESS_OK, "https://a.example/" },
		{ "https://a.example:443/p", EGRESS_OK, "https://a.example/p" },
		{ "https://a.example:443?q", EGRESS_OK,
		    "https://a.example/?q" },
		{ "https://a.example:8443/p", EGRESS_OK,
		    "https://a.example:8443/p" },
		{ "https://xn--bcher-kva.example/", EGRESS_OK,
		    "https://xn--bcher-kva.example/" },
		{ "https://a.example/p?q=1&r=%2F%c3%BC", EGRESS_OK,
		    "https://a.example/p?q=1&r=%2F%c3%BC" },
		{ "https://a.example/a@b:c[d]//..//e", EGRESS_OK,
		    "https://a.example/a@b:c[d]//..//e" },
		{ "https://a.example?@/?", EGRESS_OK,
		    "https://a.example/?@/?" },
		{ "https://1.example.c0m/", EGRESS_OK,
		    "https://1.example.c0m/" },
		{ "https://0x7f.example/", EGRESS_OK, "https://0x7f.example/" },
		{ "https://a.0xg/", EGRESS_OK, "https://a.0xg/" },
		{ "https://a.1e3/", EGRESS_OK, "https://a.1e3/" },
		{ "https://a--b.example/", EGRESS_OK, "https://a--b.example/" },
		{ "https://a_b.example/", EGRESS_OK, "https://a_b.example/" },
		{ "https://_A._b_.example/", EGRESS_OK,
		    "https://_a._b_.example/" },
		{ "https://a.mylocalhost/", EGRESS_OK,
		    "https://a.mylocalhost/" },
		{ "https://nothome.arpa/", EGRESS_OK, "https://nothome.arpa/" },
		{ "https://local.example/", EGRESS_OK,
		    "https://local.example/" },
		{ "https://8.8.8.8/", EGRESS_OK, "https://8.8.8.8/" },
		{ "https://8.8.8.8:8443", EGRESS_OK, "https://8.8.8.8:8443/" },
		{ "https://[2606:4700::1111]/", EGRESS_OK,
		    "https://[2606:4700::1111]/" },
		{ "https://[2606:4700::1111]:443/x", EGRESS_OK,
		    "https://[2606:4700::1111]/x" },
		{ "https://[2606:4700:0:0::0:1111]:9000?x", EGRESS_OK,
		    "https://[2606:4700::1111]:9000/?x" },
		{ "https://[2A00:0450:4001:0001:0000:0000:0000:ABCD]",
		    EGRESS_OK, "https://[2a00:450:4001:1::abcd]/" },
		{ "https://[2a00:1:2:3:4:5:1.2.3.4]/", EGRESS_OK,
		    "https://[2a00:1:2:3:4:5:102:304]/" },
	};

	run(&strict, cases, COUNT(cases));
}

/* Acceptance, point 11. */
Test(egress_url, a_host_that_means_an_address_we_never_send_to_is_refused)
{
	static const char *const hosts[] = {
		"127.0.0.1",
		"127.1",
		"2130706433",
		"0x7f.1",
		"0177.0.0.1",
		"0",
		"localhost",
		"foo.localhost",
		"127.0.0.1.",
		"[::1]",
		"[::]",
		"[::ffff:7f00:1]",
		"[64:ff9b::7f00:1]",
		"[2002:7f00:1::1]",
		"[2001:0:7f00:1::]",
		"[fe80::1%25eth0]",
		"[fec0::1]",
		"10.0.0.1",
		"100.100.100.200",
		"169.254.169.254",
		"168.63.129.16",
		"192.0.0.192",
		"198.18.0.1",
		"224.0.0.1",
		"255.255.255.255",
		/* and their like */
		"0.0.0.0",
		"0x7F000001",
		"0x",
		"0X7f.0.0.0x1",
		"1.2.3",
		"1.2.3.4.5",
		"256.1.1.1",
		"1.1.1.256",
		"08.8.8.8",
		"8.8.8.010",
		"8.8.8.8.",
		"134744072",
		"a.example.1",
		"a.0x1",
		"a.0x",
		"99999999999999999999",
		"LOCALHOST",
		"localhost.",
		"a.b.localhost.",
		"localhost4.localdomain4",
		"hidden.onion",
		"localhost.localdomain",
		"printer.local",
		"local",
		"metadata.google.internal",
		"internal.",
		"x.home.arpa",
		"x.Home.Arpa.",
		"[fe80::1]",
		"[fe80::1%2541]",
		"[ff02::1]",
		"[fd00::1]",
		"[::127.0.0.1]",
		"[::ffff:8.8.8.8]",
		"[::FFFF:0:1]",
		"[2001:db8::1]",
		"[64:ff9b::8.8.8.8]",
		"[64:ff9b:1::8.8.8.8]",
		"[2606:4700::5efe:8.8.8.8]",
		"[2606:4700::1%251]",
		"[100::1]",
		"[5f00::1]",
		"[4000::]",
	};

	for (size_t i = 0; i < COUNT(hosts); i++)
		for (int tail = 0; tail < 4; tail++) {
			static const char *const tails[] = { "", "/h", ":8443",
				":443/h?x" };
			char url[128];

			snprintf(url, sizeof url, "https://%s%s", hosts[i],
			    tails[tail]);
			cr_expect_eq(judge(&strict, url, strlen(url)),
			    EGRESS_REFUSED, "%s", url);
		}
}

/* Acceptance, point 12. */
Test(egress_url, what_is_not_a_strict_https_url_is_malformed)
{
	static const char *const urls[] = {
		"http://a.example/",
		"ftp://a.example/",
		"file:///etc/passwd",
		"gopher://a.example/",
		"https:///h/",
		"https:h",
		"https:",
		"https:/",
		"https:/a.example/",
		"https://",
		"https:///",
		"https://?",
		"https://:443/",
		"https//a.example/",
		"https:\\\\a.example\\",
		"a.example",
		"//a.example/",
		"/h",
		"h",
		"httpss://a.example/",
		"xhttps://a.example/",
		"https ://a.example/",
		"https::///a.example",
		"https://https://a.example/",
		"https://user@a.example/",
		"https://user:pw@a.example/",
		"https://@a.example/",
		"https://:@a.example/",
		"https://a.example@127.0.0.1/",
		"https://a.example/#f",
		"https://a.example#f",
		"https://a.example#",
		"https://a.example\\@b.example/",
		"https://a.example/\\",
		" https://a.example/",
		"https://a.example/ ",
		"https://a.example/a b",
		"https://a .example/",
		"https://a.example/\r\nX: y",
		"https://a.example/\n",
		"https://a.example/\t",
		"\thttps://a.example/",
		"https://a.example/\x7f",
		"https://a.example/\x01",
		"https://b\xc3\xbc"
		"cher.example/",
		"https://a.example/\xc3\xbc",
		"https://a.example\xe3\x80\x82"
		"com/",
		"https://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1/",
		"https://a.example/%00",
		"https://a.example/%0a",
		"https://a.example/%0A",
		"https://a.example/%0d",
		"https://a.example/%0D",
		"https://a.example/?%00",
		"https://a.example/%",
		"https://a.example/%4",
		"https://a.example/%4g",
		"https://a.example/%g4",
		"https://a.example/%%41",
		"https://a.example/%zz",
		"https://%31%32%37.0.0.1/",
		"https://a%2eexample/",
		"https://a%.example/",
	};

	all(EGRESS_MALFORMED, urls, COUNT(urls));
}

Test(egress_url, what_is_no_name_in_two_labels_or_more_is_refused)
{
	static const char *const urls[] = {
		"https://a..b/",
		"https://.a.b/",
		"https://a.b../",
		"https://./",
		"https://../",
		"https://-a.com/",
		"https://a-.com/",
		"https://a.-com/",
		"https://a.com-/",
		"https://-/",
		"https://single/",
		"https://com./",
		"https://a.example./",
		"https://a*.example/",
		"https://a,b.example/",
		"https://127..1/",
		"https://127.0.0.1../",
	};

	all(EGRESS_MALFORMED, urls, COUNT(urls));
}

Test(egress_url, every_byte_of_a_host_is_judged)
{
	static const char fine[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

	for (int byte = 0; byte < 256; byte++) {
		bool ok = byte != '\0' && strchr(fine, byte) != NULL;

		/* a slash or a query ends the host, here after "a.b" */
		ok = ok || byte == '/' || byte == '?';
		cr_expect_eq(judge_with_byte("a.b", byte, "c/") == EGRESS_OK,
		    ok, "byte 0x%02x", (unsigned)byte);
	}
}

Test(egress_url, every_byte_of_a_path_is_judged)
{
	for (int byte = 0; byte < 256; byte++) {
		bool ok = byte > 0x20 && byte < 0x7f &&
		    strchr("\"#<>\\^`{|}", byte) == NULL;

		cr_expect_eq(judge_with_byte("a.b/p", byte, "41") == EGRESS_OK,
		    ok, "byte 0x%02x", (unsigned)byte);
	}
}

Test(egress_url, every_percent_escape_but_nul_lf_and_cr_is_accepted)
{
	for (int upper = 0; upper < 2; upper++)
		for (unsigned value = 0; value < 256; value++) {
			bool ok = value != 0 && value != '\n' && value != '\r';
			char after[8];

			snprintf(after, sizeof after, upper ? "%02X" : "%02x",
			    value);
			cr_expect_eq(judge_with_byte("a.b/", '%', after) ==
				EGRESS_OK,
			    ok, "%%%s", after);
		}
}

Test(egress_url, ports_are_the_default_8443_and_1024_and_up)
{
	static const struct {
		const char *port;
		bool ok;
	} cases[] = {
		{ "", true },
		{ ":443", true },
		{ ":8443", true },
		{ ":1024", true },
		{ ":9000", true },
		{ ":65535", true },
		{ ":", false },
		{ ":0", false },
		{ ":22", false },
		{ ":80", false },
		{ ":442", false },
		{ ":444", false },
		{ ":1023", false },
		{ ":65536", false },
		{ ":65979", false },
		{ ":4294967739", false },
		{ ":18446744073709552059", false },
		{ ":0443", false },
		{ ":08443", false },
		{ ":+443", false },
		{ ":-443", false },
		{ ": 443", false },
		{ ":443a", false },
		{ ":0x1bb", false },
		{ "::443", false },
		{ ":443:443", false },
		{ ":443.", false },
	};
	static const char *const hosts[] = { "a.example", "8.8.8.8",
		"[2606:4700::1111]" };

	for (size_t h = 0; h < COUNT(hosts); h++)
		for (size_t i = 0; i < COUNT(cases); i++) {
			char url[128];

			snprintf(url, sizeof url, "https://%s%s/", hosts[h],
			    cases[i].port);
			cr_expect_eq(judge(&strict, url, strlen(url)),
			    cases[i].ok ? EGRESS_OK : EGRESS_MALFORMED, "%s",
			    url);
		}
}

Test(egress_url, brackets_hold_one_ipv6_address_and_nothing_else)
{
	static const char *const urls[] = {
		"https://[]/",
		"https://[",
		"https://]",
		"https://[2606:4700::1",
		"https://2606:4700::1/",
		"https://2606:4700::1]/",
		"https://[[2606:4700::1]]/",
		"https://[2606:4700::1]]/",
		"https://[2606:4700::1]a/",
		"https://a[2606:4700::1]/",
		"https://[2606:4700::1].example/",
		"https://[2606:4700::1]443/",
		"https://[8.8.8.8]/",
		"https://[a.example]/",
		"https://[v1.x]/",
		"https://[2606:::1]/",
		"https://[1:2:3:4:5:6:7]/",
		"https://[1:2:3:4:5:6:7:8:9]/",
		"https://[2606:4700::12345]/",
		"https://[2606::1::2]/",
		"https://[2606:4700::1 ]/",
		"https://[/2606:4700::1]/",
		"https://[%25eth0]/",
		"https://[x%25eth0]/",
		"https://[fe80::1%eth0]/",
		"https://[::1.2.3]/",
		"https://[::01.2.3.4]/",
		"https://[2606:4700:0000:0000:0000:0000:0000:0000:1111]/",
		"https://[00000000000000000000000000000000000000000000001::]/",
	};

	all(EGRESS_MALFORMED, urls, COUNT(urls));
}

/* The start, and as many letters as make it length bytes in all. */
static size_t
long_url(char *url, const char *start, size_t length)
{
	size_t n = strlen(start);

	memcpy(url, start, n);
	memset(url + n, 'p', length - n);
	return length;
}

Test(egress_url, a_url_has_at_most_2048_bytes_also_in_canonical_form)
{
	static const struct {
		const char *start;
		size_t length;
		enum egress_result verdict;
	} cases[] = {
		{ "https://a.example/", 2048, EGRESS_OK },
		{ "https://a.example/", 2049, EGRESS_MALFORMED },
		{ "https://a.example/", 100000, EGRESS_MALFORMED },
		{ "https://a.example?", 2047, EGRESS_OK },
		{ "https://a.example?", 2048, EGRESS_MALFORMED },
		{ "https://a.example:443?", 2048, EGRESS_OK },
		{ "https://127.0.0.1/", 2048, EGRESS_REFUSED },
		{ "https://127.0.0.1/", 2049, EGRESS_MALFORMED },
	};
	static char url[100000];

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t n = long_url(url, cases[i].start, cases[i].length);

		cr_expect_eq(judge(&strict, url, n), cases[i].verdict,
		    "%s, %zu bytes", cases[i].start, n);
	}
	cr_expect_eq(judge(&strict, "", 0), EGRESS_MALFORMED);
	cr_expect_eq(judge(&strict, "h", 1), EGRESS_MALFORMED);
}

Test(egress_url, a_label_has_at_most_63_bytes_and_a_name_253)
{
	static const struct {
		int labels[5];
		bool ok;
	} cases[] = {
		{ { 63, 7 }, true },
		{ { 64, 7 }, false },
		{ { 7, 63 }, true },
		{ { 7, 64 }, false },
		{ { 63, 63, 63, 61 }, true },
		{ { 63, 63, 63, 62 }, false },
		{ { 63, 63, 63, 63 }, false },
		{ { 63, 63, 63, 63, 63 }, false },
	};
	static const char letters[64] =
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

	for (size_t i = 0; i < COUNT(cases); i++) {
		char url[512] = "https://";
		size_t n = strlen(url);

		for (int l = 0; l < 5 && cases[i].labels[l] > 0; l++)
			n += (size_t)snprintf(url + n, sizeof url - n, "%s%.*s",
			    l == 0 ? "" : ".", cases[i].labels[l], letters);
		cr_expect_eq(judge(&strict, url, n),
		    cases[i].ok ? EGRESS_OK : EGRESS_MALFORMED, "%s", url);
	}
}

Test(egress_url, a_url_ends_where_its_length_says)
{
	static const char text[] = "https://a.example:8443/path";

	cr_expect_eq(judge(&strict, text, strlen(text)), EGRESS_OK);
	cr_expect_eq(judge(&strict, text, strlen("https://a.example:")),
	    EGRESS_MALFORMED);
	cr_expect_eq(judge(&strict, text, strlen("https://a.example:84")),
	    EGRESS_MALFORMED);
	cr_expect_eq(judge(&strict, text, sizeof text), EGRESS_MALFORMED,
	    "a NUL is no part of a URL");
}

Test(egress_url, plain_http_is_for_an_operator_to_allow)
{
	static const struct url_case cases[] = {
		{ "http://a.example", EGRESS_OK, "http://a.example/" },
		{ "HTTP://A.example:80/x", EGRESS_OK, "http://a.example/x" },
		{ "http://a.example:443/", EGRESS_OK, "http://a.example:443/" },
		{ "http://a.example:8080/", EGRESS_OK,
		    "http://a.example:8080/" },
		{ "https://a.example:80/", EGRESS_OK, "https://a.example:80/" },
		{ "https://a.example:443/", EGRESS_OK, "https://a.example/" },
		{ "http://a.example:81/", EGRESS_MALFORMED, NULL },
		{ "http://127.0.0.1/", EGRESS_REFUSED, NULL },
		{ "http:///x", EGRESS_MALFORMED, NULL },
		{ "ftp://a.example/", EGRESS_MALFORMED, NULL },
	};
	struct egress_policy policy = { .plain_http = true };

	run(&policy, cases, COUNT(cases));
}

Test(egress_url, allowed_ranges_open_their_addresses_and_ports_and_no_other)
{
	static const struct url_case cases[] = {
		{ "https://127.0.0.1:9000/", EGRESS_OK,
		    "https://127.0.0.1:9000/" },
		{ "https://127.0.0.1:9001/", EGRESS_REFUSED, NULL },
		{ "https://127.0.0.2:9000/", EGRESS_REFUSED, NULL },
		{ "https://127.1:9000/", EGRESS_REFUSED, NULL },
		{ "https://127.0.0.1.:9000/", EGRESS_REFUSED, NULL },
		{ "https://localhost:9000/", EGRESS_REFUSED, NULL },
		{ "https://[::ffff:127.0.0.1]:9000/", EGRESS_REFUSED, NULL },
		{ "http://127.0.0.1:9000/", EGRESS_MALFORMED, NULL },
		{ "https://10.1.255.255:22/", EGRESS_OK,
		    "https://10.1.255.255:22/" },
		{ "https://10.1.0.0:25/", EGRESS_OK, "https://10.1.0.0:25/" },
		{ "https://10.1.0.0:26/", EGRESS_REFUSED, NULL },
		{ "https://10.0.255.255:22/", EGRESS_REFUSED, NULL },
		{ "https://10.2.0.0:22/", EGRESS_REFUSED, NULL },
		{ "https://[fd12::1]:8443/", EGRESS_OK,
		    "https://[fd12::1]:8443/" },
		{ "https://[fe00::1]:8443/", EGRESS_REFUSED, NULL },
		{ "https://8.8.8.8:25/", EGRESS_MALFORMED, NULL },
		{ "https://a.example:22/", EGRESS_MALFORMED, NULL },
		{ "https://8.8.8.8/", EGRESS_OK, "https://8.8.8.8/" },
	};
	struct egress_policy policy = { 0 };

	cr_assert(egress_policy_allow(&policy, "127.0.0.1/32:9000"));
	cr_assert(egress_policy_allow(&policy, "10.1.0.0/16:22-25"));
	cr_assert(egress_policy_allow(&policy, "[fd00::/8]:8443"));
	run(&policy, cases, COUNT(cases));
}

Test(egress_url, names_that_an_operator_allows_and_no_other)
{
	static const struct url_case cases[] = {
		{ "https://x.corp.internal:8443/", EGRESS_OK,
		    "https://x.corp.internal:8443/" },
		{ "https://X.Internal/", EGRESS_OK, "https://x.internal/" },
		{ "https://a.svc.cluster.local/", EGRESS_OK,
		    "https://a.svc.cluster.local/" },
		{ "https://Receiver:9000/", EGRESS_OK,
		    "https://receiver:9000/" },
		{ "https://internal/", EGRESS_REFUSED, NULL },
		{ "https://svc.cluster.local/", EGRESS_REFUSED, NULL },
		{ "https://xsvc.cluster.local/", EGRESS_REFUSED, NULL },
		{ "https://a.cluster.local/", EGRESS_REFUSED, NULL },
		{ "https://a.localhost/", EGRESS_REFUSED, NULL },
		{ "https://other/", EGRESS_MALFORMED, NULL },
		{ "https://xreceiver/", EGRESS_MALFORMED, NULL },
		{ "https://a.receiver/", EGRESS_OK, "https://a.receiver/" },
		{ "https://receiver.local/", EGRESS_REFUSED, NULL },
		{ "https://receiver./", EGRESS_MALFORMED, NULL },
		{ "https://x.internal./", EGRESS_MALFORMED, NULL },
		{ "https://x.internal:22/", EGRESS_MALFORMED, NULL },
		{ "https://127.0.0.1/", EGRESS_REFUSED, NULL },
		{ "http://x.internal/", EGRESS_MALFORMED, NULL },
	};
	struct egress_policy policy = { 0 };

	cr_assert(egress_policy_allow_name(&policy, ".internal"));
	cr_assert(egress_policy_allow_name(&policy, ".SVC.cluster.local"));
	cr_assert(egress_policy_allow_name(&policy, "receiver"));
	run(&policy, cases, COUNT(cases));
}

Test(egress_url, what_is_no_name_to_allow)
{
	static const char *const texts[] = { "", ".", "..", ".internal.",
		"a..b", "*.internal", "*", "-a", "a b", "https://a", "a/b",
		"a:8443", "b\xc3\xbc", "127.0.0.1", ".1", "0x7f", "[::1]" };
	struct egress_policy policy = { 0 };

	for (size_t i = 0; i < COUNT(texts); i++)
		cr_expect_not(egress_policy_allow_name(&policy, texts[i]), "%s",
		    texts[i]);
	cr_expect_eq(policy.name_count, 0);
	for (size_t i = 0; i < EGRESS_NAMES_MAX; i++)
		cr_expect(egress_policy_allow_name(&policy, "a_b"));
	cr_expect_not(egress_policy_allow_name(&policy, "a"));
}

Test(egress_url, a_literal_in_the_own_nat64_is_judged_as_the_address_behind_it)
{
	static const struct url_case cases[] = {
		{ "https://[2a00:1:2:3::808:808]/", EGRESS_OK,
		    "https://[2a00:1:2:3::808:808]/" },
		{ "https://[2a00:1:2:3::7f00:1]/", EGRESS_REFUSED, NULL },
		{ "https://[2a00:1:2:3::127.0.0.1]/", EGRESS_REFUSED, NULL },
	};
	struct egress_policy policy = { 0 };

	cr_assert(egress_policy_set_nat64(&policy, "2a00:1:2:3::/96"));
	run(&policy, cases, COUNT(cases));
}
