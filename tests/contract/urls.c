/* urls.c - acceptance points 11 and 12: where we never send. */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "account.h"
#include "calm.h"
#include "site.h"

TestSuite(urls, .init = calm, .fini = calm, .timeout = 120);

#define ECHO_MAX 256 /* bytes of JSON that are echoed */
#define TEXT_MAX 160 /* bytes of a sentence */

/* The text says what a URL may be, if not what is wrong with this one. */
static void
expect_rules(const char *name, const char *body)
{
	static const char *const rules[] = {
		"https",
		"host name",
		"port",
		"user name",
		"fragment",
		"2048",
	};
	char text[TEXT_MAX + 2];

	cr_expect_eq(sscanf(strstr(body, "\"text\":"), "\"text\":\"%161[^\"]",
			 text),
	    1, "%s: a text", name);
	cr_expect_leq(strlen(text), TEXT_MAX, "%s: %s", name, text);
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		cr_expect(strstr(text, rules[i]) != NULL, "%s: no %s in %s",
		    name, rules[i], text);
}

/* The URL is refused with this code, named, and echoed unless long; its body. */
static struct answer
expect_refused(const struct account *who, const char *url, const char *code)
{
	char body[BODY_ROOM], json[URL_ROOM], name[128];
	struct answer a;

	snprintf(json, sizeof json, "\"%s\"", url);
	snprintf(body, sizeof body, "{\"url\": %s, \"events\": [\"%s\"]}", json,
	    known_event());
	snprintf(name, sizeof name, "url %.100s", url);
	a = post(who, body);
	expect_answer(name, &a,
	    (struct want){ 400, code, "url",
		strlen(json) <= ECHO_MAX ? json : NULL });
	return a;
}

static void
expect_malformed(const struct account *who, const char *url)
{
	struct answer a = expect_refused(who, url, "invalid_parameter");

	expect_rules(url, a.body);
}

/* Hosts that are ours, nobody's or everybody's. */
Test(urls, addresses_never_sent_to)
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
		/* and the same in other clothes */
		"LOCALHOST",
		"localhost.",
		"0x7f000001",
		"017700000001",
		"127.0.0.1:8443",
		"[::ffff:127.0.0.1]",
		"192.168.1.1",
		"172.16.0.1",
		"[fd00::1]",
	};
	struct account who = account_new();
	char url[256];

	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
		snprintf(url, sizeof url, "https://%s/p11", hosts[i]);
		expect_refused(&who, url, "url_not_allowed");
	}
	cr_expect_eq(account_webhooks(&who), 0, "p11: zero rows");
}

/* A URL of exactly this many bytes. */
static const char *
long_url(char url[URL_ROOM], size_t length)
{
	size_t used;

	unique_url(url, "p12/");
	used = strlen(url);
	memset(url + used, 'a', length - used);
	url[length] = '\0';
	return url;
}

static void
expect_good(const struct account *who, const char *url, const char *canonical)
{
	char key[KEY_TEXT_MAX], text[256];
	struct answer a = register_url(who, url), again;

	snprintf(text, sizeof text, "url %.100s", url);
	if (!expect_registered(text, &a, key))
		return;
	expect_one_live(text, who, url, key);
	if (canonical == NULL)
		return;
	again = register_url(who, canonical);
	expect_registered(text, &again, key);
	expect_one_live(text, who, canonical, key);
}

/* What is no https URL of ours is refused; odd but good ones are not. */
Test(urls, malformed_and_odd_urls)
{
	static const struct {
		const char *url, *said;
	} characters[] = {
		{ "https://a.example\\\\@b.example/", "the character \\\\" },
		{ "https://a.example/\\\\b", "write it as %5C" },
		{ "https://a.example/ b", "a blank" },
		{ " https://a.example/", "a blank" },
		{ "https://a.example/ ", "a blank" },
		{ "https://a.example/\\r\\nX: y", "a control character" },
		{ "https://a.example/\\t", "a control character" },
		{ "https://a.example/q?j={\\\"a\\\":1}", "the character {" },
		{ "https://a.example/?}", "the character }" },
		{ "https://a.example/\\\"", "the character \\\"" },
		{ "https://a.example/a|b", "write it as %7C" },
		{ "https://a.example/<x>", "the character <" },
		{ "https://a.example/x>", "the character >" },
		{ "https://a.example/^", "the character ^" },
		{ "https://a.example/`", "the character `" },
		{ "https://a|b.example/", "may not have the character |." },
		{ "https://b\xc3\xbc"
		  "cher.example/",
		    "xn--bcher-kva.example" },
		{ "https://\xf0\x9f\x98\x80.example/", "xn-- form" },
		{ "https://a.example/\xc3\xa9", "% and two hex digits" },
	};
	static const char *const bad[] = {
		"http://a.example/",
		"ftp://a.example/",
		"file:///etc/passwd",
		"gopher://a.example/",
		"https:///h/",
		"https:h",
		"https:/a.example/",
		"//a.example/",
		"a.example",
		"https://u@a.example/",
		"https://u:p@a.example/",
		"https://@a.example/",
		"https://a.example/#f",
		"https://a.example#",
		"https://a.example/%0d%0aX",
		"https://a.example/%00",
		"https://a.example/%",
		"https://a.example/%zz",
		"https://a.example:0/",
		"https://a.example:22/",
		"https://a.example:65536/",
		"https://a.example:/",
		"https://a.example:+443/",
		"https://a.example:443x/",
		"https://a..b/",
		"https://-a.com/",
		"https://a-.com/",
		"https://.a.example/",
		"https://single/",
		"https://%61.example/",
		"https://[2606:4700::1111/",
		"https://2606:4700::1111/",
		"https://",
	};
	static const struct {
		const char *url, *canonical;
	} good[] = {
		{ "HTTPS://a.example/p12", "https://a.example/p12" },
		{ "https://A.EXAMPLE/P12", "https://a.example/P12" },
		{ "https://b.example:443/p12", "https://b.example/p12" },
		{ "https://c.example", "https://c.example/" },
		{ "https://xn--bcher-kva.example/p12", NULL },
		{ "https://d.example/p12?a=b&c=%41", NULL },
		{ "https://e.example:8443/p12", NULL },
		{ "https://e.example:1024/p12", NULL },
		{ "https://e.example:65535/p12", NULL },
		{ "https://[2606:4700::1111]/p12", NULL },
		{ "https://1.1.1.1/p12", NULL },
		{ "https://a_b.example/p12", NULL },
		{ "https://f.example/p12?a[]=1", NULL },
	};
	struct account who = account_new();
	char url[URL_ROOM];

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		expect_malformed(&who, bad[i]);
	expect_malformed(&who, long_url(url, 2049));
	for (size_t i = 0; i < sizeof characters / sizeof characters[0]; i++) {
		struct answer a = expect_refused(&who, characters[i].url,
		    "invalid_parameter");

		cr_expect(strstr(a.body, characters[i].said) != NULL, "%s: %s",
		    characters[i].url, a.body);
	}
	cr_expect_eq(account_webhooks(&who), 0, "p12: zero rows");
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		expect_good(&who, good[i].url, good[i].canonical);
	expect_good(&who, long_url(url, 2048), NULL);
	cr_expect_eq(account_webhooks(&who), 14, "p12: one row each");
}
