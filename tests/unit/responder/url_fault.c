/* url_fault.c - tests: what is said of a URL. */
#include "common/compiler.h"
#include "responder/url_fault.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#define CHARACTER(c, escape)                                                   \
	"url may not have the character " c " (RFC 3986): write it as " escape \
	"."

Test(url_fault, what_can_be_said)
{
	static const struct {
		const char *url, *said;
	} cases[] = {
		{ "https://a.example/q?j={1}", CHARACTER("{", "%7B") },
		{ "https://a.example/q?j=}", CHARACTER("}", "%7D") },
		{ "https://a.example/a|b", CHARACTER("|", "%7C") },
		{ "https://a.example/<x>", CHARACTER("<", "%3C") },
		{ "https://a.example/x>", CHARACTER(">", "%3E") },
		{ "https://a.example/x^", CHARACTER("^", "%5E") },
		{ "https://a.example/`", CHARACTER("`", "%60") },
		{ "https://a.example/\"", CHARACTER("\\\"", "%22") },
		{ "https://a.example/\\", CHARACTER("\\\\", "%5C") },
		{ "https://a.example?|", CHARACTER("|", "%7C") },
		{ "https://a.example/ b",
		    "url may not have a blank (RFC 3986)." },
		{ "https://a.example/\r\nX: y",
		    "url may not have a control character (RFC 3986)." },
		{ "https://a.example/\x7f",
		    "url may not have a control character (RFC 3986)." },
		{ "https://a|b.example/\"",
		    "The host name of url may not have the character |." },
		{ "https://a b.example/",
		    "The host name of url may not have a blank." },
		{ "https://b\u00fccher.example:8443/|",
		    "The host name of url must be in ASCII: write it as "
		    "xn--bcher-kva.example." },
		{ "https://stra\u00dfe.example/",
		    "The host name of url must be in ASCII: write it in its "
		    "xn-- form." },
		{ "https://a.example/\u00e9",
		    "url must be in ASCII: write each byte of other "
		    "characters, in UTF-8, as % and two hex digits." },
		{ "https://a.example:22/", "" },
		{ "https://a.example/#x", "" },
		{ "https://a.example/%zz", "" },
		{ "https://", "" },
		{ "a.example", "" },
		{ "", "" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char said[URL_FAULT_MAX];

		url_fault_say(cases[i].url, strlen(cases[i].url), said);
		cr_expect_str_eq(said, cases[i].said, "%s: %s", cases[i].url,
		    said);
	}
}

Test(url_fault, the_longest_sentence_fits)
{
	static const char as[] =
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	char url[600], said[URL_FAULT_MAX];

	snprintf(url, sizeof url, "https://\u00fc.%s.%s.%s.%.50s/", as, as, as,
	    as);
	url_fault_say(url, strlen(url), said);
	cr_expect(strstr(said, "xn--") != NULL, "%s", said);
	cr_expect_lt(strlen(said), sizeof said - 1);
	cr_expect_eq(said[strlen(said) - 1], '.', "%s", said);
}
