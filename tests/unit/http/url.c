/* url.c - canonical URLs come apart as the request needs them. */
#include "http/url.h"

#include <string.h>

#include <criterion/criterion.h>

static const struct {
	const char *url, *host, *authority, *target;
	unsigned port;
	bool tls;
} whole[] = {
	{ "https://a.example/", "a.example", "a.example", "/", 443, true },
	{ "http://a.example/p?q=1", "a.example", "a.example", "/p?q=1", 80,
	    false },
	{ "https://a.example:8443/x//y", "a.example", "a.example:8443", "/x//y",
	    8443, true },
	{ "https://192.0.2.1/", "192.0.2.1", "192.0.2.1", "/", 443, true },
	{ "https://[2001:db8::1]/?a:b@c", "2001:db8::1", "[2001:db8::1]",
	    "/?a:b@c", 443, true },
	{ "https://[2001:db8::1]:444/", "2001:db8::1", "[2001:db8::1]:444", "/",
	    444, true },
};

static const char *const refused[] = {
	"",
	"https://",
	"https:///",
	"https://a.example",
	"https://a.example?q",
	"https://a.example#f/",
	"https://u@a.example/",
	"HTTPS://a.example/",
	"ftp://a.example/",
	"https://a.example:/",
	"https://a.example:0/",
	"https://a.example:65536/",
	"https://[2001:db8::1/",
	"https://[]/",
	"https://[2001:db8::1]444/",
	"https://a.example/a b",
	"https://a.example/\r\nx",
	"https://a.example/\x7f",
	"https://a.example/\xc3\xa4",
};

static void
expect_text(struct text text, const char *expected)
{
	cr_assert_eq(text.length, strlen(expected), "%s", expected);
	cr_assert_eq(memcmp(text.start, expected, text.length), 0, "%s",
	    expected);
}

Test(url, parts_are_found)
{
	for (size_t i = 0; i < COUNT(whole); i++) {
		struct url url;

		cr_assert(url_split(whole[i].url, &url), "%s", whole[i].url);
		expect_text(url.host, whole[i].host);
		expect_text(url.authority, whole[i].authority);
		expect_text(url.target, whole[i].target);
		cr_assert_eq(url.port, whole[i].port, "%s", whole[i].url);
		cr_assert_eq(url.tls, whole[i].tls, "%s", whole[i].url);
	}
}

Test(url, what_is_not_canonical_is_refused)
{
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct url url = { .port = 7 };

		cr_assert_not(url_split(refused[i], &url), "%s", refused[i]);
		cr_assert_eq(url.port, 7, "%s", refused[i]);
	}
}
