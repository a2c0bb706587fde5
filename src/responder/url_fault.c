/* url_fault.c - what is wrong with a URL, where that can be said. */
#include "responder/url_fault.h"

#include <stdio.h>
#include <string.h>

#include "common/compiler.h"
#include "common/text.h"
#include "responder/idn.h"

/* As a JSON string has them. */
static const struct {
	char c;
	const char *name;
} names[] = {
	{ ' ', "a blank" },
	{ '"', "the character \\\"" },
	{ '<', "the character <" },
	{ '>', "the character >" },
	{ '\\', "the character \\\\" },
	{ '^', "the character ^" },
	{ '`', "the character `" },
	{ '{', "the character {" },
	{ '|', "the character |" },
	{ '}', "the character }" },
};

static const char *
name_of(char c)
{
	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].c == c)
			return names[i].name;
	return (unsigned char)c < ' ' || c == '\x7f' ? "a control character"
						     : NULL;
}

static bool
is_ascii(char c)
{
	return (unsigned char)c < 0x80;
}

/* HOST, or what stands where it should be. */
static struct text
host_of(const char *url, size_t length)
{
	const char *slashes = memmem(url, length, "//", 2);
	struct text rest = { url, length };

	if (slashes == NULL)
		return (struct text){ url, 0 };
	rest.start = slashes + 2;
	rest.length -= (size_t)(rest.start - url);
	return text_take_until(&rest, ":/?#@\\");
}

static void
say_host(struct text host, char text[URL_FAULT_MAX])
{
	char ascii[IDN_NAME_MAX + 1];

	if (idn_to_ascii(host, ascii))
		snprintf(text, URL_FAULT_MAX,
		    "The host name of url must be in ASCII: write it as %s.",
		    ascii);
	else
		snprintf(text, URL_FAULT_MAX,
		    "The host name of url must be in ASCII: write it in its "
		    "xn-- form.");
}

static void
say_character(char c, bool in_host, char text[URL_FAULT_MAX])
{
	const char *name = name_of(c);

	if (name == NULL)
		snprintf(text, URL_FAULT_MAX,
		    "url must be in ASCII: write each byte of other "
		    "characters, in UTF-8, as %% and two hex digits.");
	else if (in_host)
		snprintf(text, URL_FAULT_MAX,
		    "The host name of url may not have %s.", name);
	else if (c > ' ' && c < '\x7f')
		snprintf(text, URL_FAULT_MAX,
		    "url may not have %s (RFC 3986): write it as %%%02X.", name,
		    (unsigned)c);
	else
		snprintf(text, URL_FAULT_MAX, "url may not have %s (RFC 3986).",
		    name);
}

void
url_fault_say(const char *url, size_t length, char text[URL_FAULT_MAX])
{
	struct text host = host_of(url, length);

	*text = '\0';
	for (size_t i = 0; i < length; i++) {
		bool in_host =
		    url + i >= host.start && url + i < host.start + host.length;

		if (is_ascii(url[i]) && name_of(url[i]) == NULL)
			continue;
		if (in_host && !is_ascii(url[i]))
			say_host(host, text);
		else
			say_character(url[i], in_host, text);
		return;
	}
}
