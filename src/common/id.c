/* id.c - identifiers made by the caller: UUIDv7 and request ids. */
#include "common/id.h"

#include <string.h>
#include <time.h>

#include <sodium.h>

void
id_make(unsigned char id[ID_BYTES])
{
	struct timespec now;
	unsigned long long ms;

	clock_gettime(CLOCK_REALTIME, &now);
	ms = (unsigned long long)now.tv_sec * 1000 +
	    (unsigned long long)now.tv_nsec / 1000000;
	randombytes_buf(id, ID_BYTES);
	for (int i = 0; i < 6; i++)
		id[i] = (unsigned char)(ms >> (40 - 8 * i));
	id[6] = (unsigned char)((id[6] & 0x0f) | 0x70);
	id[8] = (unsigned char)((id[8] & 0x3f) | 0x80);
}

void
id_text(const unsigned char id[ID_BYTES], char text[2 * ID_BYTES + 1])
{
	sodium_bin2hex(text, 2 * ID_BYTES + 1, id, ID_BYTES);
}

void
id_uuid(const unsigned char id[ID_BYTES], char text[ID_UUID_LENGTH + 1])
{
	char hex[2 * ID_BYTES + 1], *to = text;

	id_text(id, hex);
	for (size_t i = 0; i < 2 * ID_BYTES; i++) {
		if (i == 8 || i == 12 || i == 16 || i == 20)
			*to++ = '-';
		*to++ = hex[i];
	}
	*to = '\0';
}

bool
id_valid(const char *text)
{
	size_t n = strspn(text,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-_@");

	return n >= 1 && n <= ID_TEXT_MAX && text[n] == '\0';
}
