/* etag.c - entity tags in If-Match and If-None-Match (RFC 9110, 13.1). */
#include "responder/etag.h"

#include <string.h>

#include "common/text.h"

#define WEAK "W/"
#define BLANKS " \t"

/* Take the next tag of a list, without quotes; false at its end or a fault. */
static bool
take_tag(const char **at, struct text *tag, bool *weak)
{
	const char *p = *at + strspn(*at, BLANKS ",");

	*weak = strncmp(p, WEAK, strlen(WEAK)) == 0;
	if (*weak)
		p += strlen(WEAK);
	if (*p++ != '"')
		return false;
	tag->start = p;
	while (*p > ' ' && *p <= '~' && *p != '"')
		p++;
	tag->length = (size_t)(p - tag->start);
	if (*p != '"')
		return false;
	*at = p + 1;
	return true;
}

static bool
is_wildcard(const char *header)
{
	header += strspn(header, BLANKS);
	return *header == '*' && header[1 + strspn(header + 1, BLANKS)] == '\0';
}

void
etag_strong(const char *header, struct pgarray *tags)
{
	struct text tag;
	bool weak;

	if (is_wildcard(header))
		pgarray_add(tags, "*", 1);
	while (take_tag(&header, &tag, &weak))
		/* "*" in quotes is no tag of ours */
		if (!weak && !(tag.length == 1 && *tag.start == '*'))
			pgarray_add(tags, tag.start, tag.length);
}

bool
etag_named(const char *header, const char *tag)
{
	struct text given;
	bool weak;

	if (is_wildcard(header))
		return true;
	while (take_tag(&header, &given, &weak))
		if (given.length == strlen(tag) &&
		    memcmp(given.start, tag, given.length) == 0)
			return true;
	return false;
}
