/* text.c - string views, and strict parsing of them. */
#include "common/text.h"

#include <string.h>

bool
text_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

char
text_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

int
text_hex_value(char c)
{
	c = text_lower(c);
	if (text_is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct text
text_take_until(struct text *rest, const char *marks)
{
	struct text part = { rest->start, 0 };

	while (part.length < rest->length &&
	    strchr(marks, rest->start[part.length]) == NULL)
		part.length++;
	rest->start += part.length;
	rest->length -= part.length;
	return part;
}

bool
text_take_byte(struct text *rest, char c)
{
	if (rest->length == 0 || rest->start[0] != c)
		return false;
	rest->start++;
	rest->length--;
	return true;
}

bool
text_starts_with(struct text text, const char *prefix)
{
	size_t n = strlen(prefix);

	if (text.length < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (text_lower(text.start[i]) != prefix[i])
			return false;
	return true;
}

bool
text_number(struct text text, unsigned limit, unsigned *out)
{
	unsigned n = 0;

	if (text.length == 0 || (text.length > 1 && text.start[0] == '0'))
		return false;
	for (size_t i = 0; i < text.length; i++) {
		unsigned digit = (unsigned)(text.start[i] - '0');

		if (!text_is_digit(text.start[i]) || digit > limit ||
		    n > (limit - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*out = n;
	return true;
}

void
text_make_printable(char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}
