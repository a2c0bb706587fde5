/* idn.c - tests: names in other letters, and those of which nothing is said. */
#include "common/compiler.h"
#include "responder/idn.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

static bool
to_ascii(const char *name, char ascii[IDN_NAME_MAX + 1])
{
	return idn_to_ascii((struct text){ name, strlen(name) }, ascii);
}

Test(idn, names_in_ascii)
{
	static const struct {
		const char *name, *ascii;
	} cases[] = {
		{ "b\u00fccher.example", "xn--bcher-kva.example" },
		{ "www.B\u00fccher.EXAMPLE", "www.xn--bcher-kva.example" },
		{ "\u65e5\u672c\u8a9e.jp", "xn--wgv71a119e.jp" },
		{ "\ud55c\uad6d.kr", "xn--3e0b707e.kr" },
		{ "\u043f\u0440\u0438\u043c\u0435\u0440.example",
		    "xn--e1afmkfd.example" },
		{ "\u0142\u00f3d\u017a.pl", "xn--d-uga0v4h.pl" },
		{ "a-\u00fc.example", "xn--a--yka.example" },
		{ "plain.example", "plain.example" },
	};
	char ascii[IDN_NAME_MAX + 1];

	for (size_t i = 0; i < COUNT(cases); i++) {
		cr_assert(to_ascii(cases[i].name, ascii), "%s", cases[i].name);
		cr_expect_str_eq(ascii, cases[i].ascii, "%s", ascii);
	}
}

Test(idn, what_has_no_form_that_is_known)
{
	static const char *const names[] = {
		"B\u00dcCHER.example",  /* a capital */
		"bu\u0308cher.example", /* a combining mark */
		"stra\u00dfe.example",  /* two forms */
		"\u03c3\u03b1\u03c2.example",
		"\u05d0\u05d1.example", /* from right to left */
		"\uff41.example",       /* full width */
		"a\u3002example",       /* an ideographic dot */
		"\u2488.example",
		"\U0001f600.example",
		"b\u00fc_.example",
		"-b\u00fc.example",
		"b\u00fc-.example",
		"ab--\u00fc.example",
		"xn--\u00fc.example",
		"\u0101\u0102.example",
		"b\xfc.example", /* no UTF-8 */
		"b\xc3.example",
		"\u00fc..example",
		".\u00fc",
		"\u00fc.",
		"",
		"b\u00fc[.example",
	};
	char ascii[IDN_NAME_MAX + 1];

	for (size_t i = 0; i < COUNT(names); i++)
		cr_expect_not(to_ascii(names[i], ascii), "%s", names[i]);
}

Test(idn, a_label_has_at_most_63_bytes_and_a_name_253)
{
	static const char as[] =
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	char ascii[IDN_NAME_MAX + 1], name[512];

	for (int n = 50; n <= 63; n++) {
		snprintf(name, sizeof name, "%.*s\u00fc", n, as);
		cr_expect_eq(to_ascii(name, ascii), n <= 55, "%d", n);
	}
	for (int n = 50; n <= 63; n++) {
		snprintf(name, sizeof name, "%s.%s.%s.%.*s", as, as, as, n, as);
		cr_expect_eq(to_ascii(name, ascii), n <= 61, "%d", n);
	}
}
