/* media_type.c - is a body of this type, in UTF-8? */
#include "responder/media_type.h"

#include <string.h>
#include <strings.h>

#include "common/compiler.h"
#include "common/text.h"

#define BLANKS " \t"
#define CHARSET_MAX 7 /* bytes; the names of UTF-8 are shorter */

static const char token_bytes[] =
    "!#$%&'*+-.^_`|~0123456789"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static const char *
skip_blanks(const char *at)
{
	return at + strspn(at, BLANKS);
}

static struct text
take_token(const char **at)
{
	struct text token = { *at, strspn(*at, token_bytes) };

	*at += token.length;
	return token;
}

/* A quoted string's text, of which the first bytes are kept. */
static bool
take_quoted(const char **at, char value[CHARSET_MAX + 1])
{
	size_t n = 0;

	for (++*at; **at != '"'; ++*at) {
		if (**at == '\\')
			++*at;
		if (**at == '\0')
			return false;
		if (n < CHARSET_MAX)
			value[n++] = **at;
	}
	value[n] = '\0';
	++*at;
	return true;
}

static bool
take_value(const char **at, char value[CHARSET_MAX + 1])
{
	struct text token;
	size_t n;

	if (**at == '"')
		return take_quoted(at, value);
	token = take_token(at);
	n = token.length < CHARSET_MAX ? token.length : CHARSET_MAX;
	memcpy(value, token.start, n);
	value[n] = '\0';
	return token.length > 0;
}

static bool
is_utf8(const char *charset)
{
	static const char *const names[] = { "utf-8", "utf8" };
	size_t i = 0;

	while (i < COUNT(names) && strcasecmp(charset, names[i]) != 0)
		i++;
	return i < COUNT(names);
}

/* Take what is between two semicolons, which may be nothing. */
static bool
take_parameter(const char **at)
{
	static const char charset[] = "charset";
	struct text name = take_token(at);
	char value[CHARSET_MAX + 1];

	if (name.length == 0)
		return **at == ';' || **at == '\0';
	if (*(*at)++ != '=' || !take_value(at, value))
		return false;
	return name.length != strlen(charset) ||
	    strncasecmp(name.start, charset, name.length) != 0 ||
	    is_utf8(value);
}

bool
media_type_is(const char *given, const char *type)
{
	size_t n = strlen(type);

	if (strncasecmp(given, type, n) != 0)
		return false;
	given = skip_blanks(given + n);
	while (*given == ';') {
		given = skip_blanks(given + 1);
		if (!take_parameter(&given))
			return false;
		given = skip_blanks(given);
	}
	return *given == '\0';
}
