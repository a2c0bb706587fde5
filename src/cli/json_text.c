/* json_text.c - JSON in ASCII, of which a terminal may be given any. */
#include "cli/json_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/utf8.h"

#define REPLACEMENT 0xfffd
#define PLANE 0x10000

static void
put_escape(FILE *to, uint32_t code)
{
	if (code < PLANE) {
		fprintf(to, "\\u%04x", (unsigned)code);
		return;
	}
	code -= PLANE;
	fprintf(to, "\\u%04x\\u%04x", (unsigned)(0xd800 | code >> 10),
	    (unsigned)(0xdc00 | (code & 0x3ff)));
}

static size_t
take(const char *text, uint32_t *code)
{
	size_t n =
	    utf8_take((const unsigned char *)text, strnlen(text, 4), code);

	if (n > 0)
		return n;
	*code = REPLACEMENT;
	return 1;
}

void
json_text_string(FILE *to, const char *text)
{
	uint32_t code;

	fputc('"', to);
	while (*text != '\0') {
		text += take(text, &code);
		if (code == '"' || code == '\\')
			fprintf(to, "\\%c", (int)code);
		else if (code >= ' ' && code <= '~')
			fputc((int)code, to);
		else
			put_escape(to, code);
	}
	fputc('"', to);
}

void
json_text_copy(FILE *to, const char *json)
{
	uint32_t code;

	while (*json != '\0') {
		json += take(json, &code);
		if (code >= ' ' && code <= '~')
			fputc((int)code, to);
		else if (code < ' ')
			fputc(' ', to);
		else
			put_escape(to, code);
	}
}
