/* signature_trial.c - does it verify once something about it is undone? */
#include "cli/signature_trial.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "cli/json_view.h"

/* Write the body as it may have been; returns its length, size at most. */
typedef size_t undo_body(struct text body, char *to, size_t size);

struct body_fault {
	undo_body *undo;
	struct signature_fault fault;
};

/* What a body is with this in front of it, joined by dots. */
enum signed_parts { ID_TIME_BODY, TIME_BODY, BODY };

static size_t
keep(struct text body, char *to, size_t size)
{
	size_t n = body.length < size ? body.length : size;

	memcpy(to, body.start, n);
	return n;
}

static size_t
without_last(struct text body, char *to, size_t size)
{
	if (body.length > 0 && body.start[body.length - 1] == '\n')
		body.length--;
	if (body.length > 0 && body.start[body.length - 1] == '\r')
		body.length--;
	return keep(body, to, size);
}

static size_t
with_line_feed(struct text body, char *to, size_t size)
{
	size_t n = keep(body, to, size);

	if (n < size)
		to[n++] = '\n';
	return n;
}

static size_t
with_crlf(struct text body, char *to, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < body.length && n + 1 < size; i++) {
		if (body.start[i] == '\n')
			to[n++] = '\r';
		to[n++] = body.start[i];
	}
	return n;
}

static size_t
without_cr(struct text body, char *to, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < body.length && n < size; i++)
		if (body.start[i] != '\r')
			to[n++] = body.start[i];
	return n;
}

static size_t
without_mark(struct text body, char *to, size_t size)
{
	if (body.length >= 3 && memcmp(body.start, "\xef\xbb\xbf", 3) == 0) {
		body.start += 3;
		body.length -= 3;
	}
	return keep(body, to, size);
}

/* UTF-8 of which each character was a byte. */
static size_t
from_latin_1(struct text body, char *to, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < body.length && n < size; i++) {
		unsigned char c = (unsigned char)body.start[i];

		if ((c == 0xc2 || c == 0xc3) && i + 1 < body.length)
			c = (unsigned char)((c & 3) << 6 |
			    (body.start[++i] & 0x3f));
		to[n++] = (char)c;
	}
	return n;
}

static size_t
compact(struct text body, char *to, size_t size)
{
	size_t n = json_view_compact(body, "", to, size);

	return n < size ? n : size;
}

static size_t
spaced(struct text body, char *to, size_t size)
{
	size_t n = json_view_compact(body, " ", to, size);

	return n < size ? n : size;
}

/*
 * How long the escape is that begins here, if it is of a character beyond
 * ASCII; 0: it is of another. A pair of surrogates is one.
 */
static size_t
wide_escape(struct text rest)
{
	if (rest.length < 6 || rest.start[1] != 'u' ||
	    (memcmp(rest.start + 2, "00", 2) == 0 &&
		text_hex_value(rest.start[4]) < 8))
		return 0;
	return text_lower(rest.start[2]) == 'd' &&
		text_hex_value(rest.start[3]) >= 8 && rest.length >= 12
	    ? 12
	    : 6;
}

/* Escapes that a writer of JSON may use or not, in place: they only shrink. */
static size_t
unescape(char *text, size_t length)
{
	size_t n = 0, i = 0, wide;

	while (i < length) {
		char quoted[15] = "\"", one[8];

		if (text[i] != '\\' || i + 1 == length) {
			text[n++] = text[i++];
			continue;
		}
		wide = wide_escape((struct text){ text + i, length - i });
		if (wide > 0) {
			memcpy(quoted + 1, text + i, wide);
			quoted[wide + 1] = '"';
			json_view_string((struct text){ quoted, wide + 2 }, one,
			    sizeof one);
			memcpy(text + n, one, strlen(one));
			n += strlen(one);
			i += wide;
			continue;
		}
		if (text[i + 1] != '/')
			text[n++] = text[i];
		text[n++] = text[i + 1];
		i += 2;
	}
	return n;
}

static size_t
compact_unescaped(struct text body, char *to, size_t size)
{
	return unescape(to, compact(body, to, size));
}

static size_t
nothing(struct text body, char *to, size_t size)
{
	(void)body;
	(void)to;
	(void)size;
	return 0;
}

#define CHANGED "body_changed"
#define REWRITTEN                                                          \
	"The body was parsed and written again as JSON. Verify the bytes " \
	"as they came, before anything parses them."

static const struct body_fault body_faults[] = {
	{ without_last,
	    { CHANGED,
		"A line end was added to the body. Save or pass on its bytes "
		"as they came." } },
	{ with_line_feed,
	    { CHANGED, "The line feed at the end of the body is lost." } },
	{ without_cr,
	    { CHANGED,
		"The body's line ends were LF, and are CR LF now: something "
		"treated it as text." } },
	{ with_crlf,
	    { CHANGED,
		"The body's line ends were CR LF, and are LF now: something "
		"treated it as text." } },
	{ without_mark,
	    { CHANGED, "A byte order mark was put before the body." } },
	{ from_latin_1,
	    { CHANGED,
		"The body was read as Latin-1 and written as UTF-8. Keep it "
		"as bytes." } },
	{ compact, { CHANGED, REWRITTEN } },
	{ spaced, { CHANGED, REWRITTEN } },
	{ compact_unescaped, { CHANGED, REWRITTEN } },
	{ nothing,
	    { CHANGED,
		"The signature is that of an empty body: something read the "
		"body before it was verified or signed." } },
};

static const struct signature_fault time_body_alone = { "method",
	"The signer signed webhook-timestamp.body. Standard Webhooks sign "
	"webhook-id.webhook-timestamp.body." };
static const struct signature_fault body_alone = { "method",
	"The signer signed the body alone. Standard Webhooks sign "
	"webhook-id.webhook-timestamp.body." };
static const struct signature_fault text_as_key = { "key",
	"The signer used the secret's text as the key. The key is what the "
	"text behind whsec_ is the base64 of." };

/* With the body's end undone so, by that key; room is for the content. */
static bool
verifies(const struct signature_trial *t, enum signed_parts parts,
    undo_body *undo, const unsigned char *key, size_t key_length, char *room,
    size_t size)
{
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_state state;
	bool same = false;
	size_t n = 0;

	crypto_auth_hmacsha256_init(&state, key, key_length);
	if (parts == ID_TIME_BODY) {
		n = keep(t->id, room, size);
		room[n++] = '.';
	}
	if (parts != BODY) {
		n += keep(t->timestamp, room + n, size - n);
		room[n++] = '.';
	}
	n += undo(t->body, room + n, size - n);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)room, n);
	crypto_auth_hmacsha256_final(&state, mac);
	for (size_t i = 0; i < t->mac_count; i++)
		same |= sodium_memcmp(mac, t->macs[i], sizeof mac) == 0;
	sodium_memzero(&state, sizeof state);
	return same;
}

static bool
any_verifies(const struct signature_trial *t, enum signed_parts parts,
    undo_body *undo, char *room, size_t size)
{
	for (size_t i = 0; i < t->key_count; i++)
		if (verifies(t, parts, undo, t->keys[i].bytes,
			t->keys[i].length, room, size))
			return true;
	return false;
}

/* The text itself, with its prefix or without. */
static bool
text_verifies(const struct signature_trial *t, char *room, size_t size)
{
	for (size_t i = 0; i < t->key_count; i++) {
		struct text s = t->secrets[i];
		size_t prefix = text_starts_with(s, "whsec_") ? 6 : 0;

		for (size_t skip = 0; skip <= prefix; skip += 6)
			if (verifies(t, ID_TIME_BODY, keep,
				(const unsigned char *)s.start + skip,
				s.length - skip, room, size))
				return true;
	}
	return false;
}

/* Twice the body: each of its bytes may become two. */
static size_t
room_size(const struct signature_trial *t)
{
	return t->id.length + t->timestamp.length + 2 * t->body.length + 16;
}

bool
signature_trial_good(const struct signature_trial *trial)
{
	size_t size = room_size(trial);
	char *room = malloc(size);
	bool good;

	if (room == NULL)
		return false;
	good = any_verifies(trial, ID_TIME_BODY, keep, room, size);
	free(room);
	return good;
}

static const struct signature_fault *
find_fault(const struct signature_trial *t, char *room, size_t size)
{
	for (size_t i = 0; i < COUNT(body_faults); i++)
		if (any_verifies(t, ID_TIME_BODY, body_faults[i].undo, room,
			size))
			return &body_faults[i].fault;
	if (any_verifies(t, TIME_BODY, keep, room, size))
		return &time_body_alone;
	if (any_verifies(t, BODY, keep, room, size))
		return &body_alone;
	return text_verifies(t, room, size) ? &text_as_key : NULL;
}

const struct signature_fault *
signature_trial_fault(const struct signature_trial *trial)
{
	size_t size = room_size(trial);
	char *room = malloc(size);
	const struct signature_fault *fault = NULL;

	if (room != NULL)
		fault = find_fault(trial, room, size);
	free(room);
	return fault;
}
