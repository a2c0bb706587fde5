/* idempotency_key.c - the header Idempotency-Key, as clients send it. */
#include "responder/idempotency_key.h"

#include <string.h>

/* In quotes; *at is behind the first, and then behind the last. */
static size_t
take_quoted(const char **at, char key[IDEMPOTENCY_KEY_MAX + 1])
{
	size_t length = 0;

	for (; **at >= ' ' && **at <= '~' && **at != '"'; ++*at) {
		if (**at == '\\' && *++*at != '\\' && **at != '"')
			return 0;
		if (length == IDEMPOTENCY_KEY_MAX)
			return 0;
		key[length++] = **at;
	}
	return *(*at)++ == '"' ? length : 0;
}

static size_t
take_bare(const char **at, char key[IDEMPOTENCY_KEY_MAX + 1])
{
	size_t length = 0;

	for (; **at > ' ' && **at <= '~' && strchr("\"\\,;", **at) == NULL;
	     ++*at) {
		if (length == IDEMPOTENCY_KEY_MAX)
			return 0;
		key[length++] = **at;
	}
	return length;
}

bool
idempotency_key_parse(const char *value, char key[IDEMPOTENCY_KEY_MAX + 1])
{
	const char *at = value + strspn(value, " \t");
	size_t length;

	if (*at == '"') {
		at++;
		length = take_quoted(&at, key);
	} else {
		length = take_bare(&at, key);
	}
	key[length] = '\0';
	return length > 0 && at[strspn(at, " \t")] == '\0';
}
