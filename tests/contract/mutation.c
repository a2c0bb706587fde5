/* mutation.c - a valid request, bent in seeded ways. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <criterion/criterion.h>

#include "account.h"
#include "calm.h"
#include "site.h"

#define ROUNDS 1000
#define ROUNDS_CGI 200 /* a process each */
#define ROUNDS_LONG 20000
#define FILLER 20000 /* blanks for a Content-Length bent upwards */
#define PIECE_ROOM 2048
#define CHANGES_MAX 3

TestSuite(mutation, .init = calm, .fini = calm, .timeout = 900);

static uint64_t state;

/* xorshift64*: the same numbers for the same seed, everywhere. */
static size_t
number_below(size_t limit)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (size_t)((state * 0x2545f4914f6cdd1du) >> 33) % limit;
}

struct piece {
	char bytes[PIECE_ROOM];
	size_t length;
};

static void
piece_set(struct piece *p, const char *text)
{
	p->length = strlen(text);
	memcpy(p->bytes, text, p->length);
}

static char
interesting_byte(void)
{
	static const char bytes[] = "\0\"\\{}[]:,\r\n\t /%?#@.0xu\xff\xc0\xed";

	return number_below(2) == 0 ? (char)number_below(256)
				    : bytes[number_below(sizeof bytes - 1)];
}

/* Change one byte, take some away, or put some in. */
static void
bend(struct piece *p)
{
	size_t at = number_below(p->length + 1), n = 1 + number_below(8);

	if (p->length == 0 || p->length + n > PIECE_ROOM)
		return;
	switch (number_below(4)) {
	case 0:
		p->bytes[at % p->length] = interesting_byte();
		break;
	case 1:
		p->bytes[at % p->length] ^= (char)(1 << number_below(8));
		break;
	case 2:
		n = n > p->length - at ? p->length - at : n;
		memmove(p->bytes + at, p->bytes + at + n, p->length - at - n);
		p->length -= n;
		break;
	default:
		memmove(p->bytes + at + n, p->bytes + at, p->length - at);
		for (size_t i = 0; i < n; i++)
			p->bytes[at + i] = number_below(2) == 0
			    ? interesting_byte()
			    : p->bytes[number_below(at + 1)];
		p->length += n;
	}
}

/* A request whose path, headers or body are bent; how long it is. */
static size_t
bent_request(const struct account *who, int round, char *bytes)
{
	struct piece path, headers, body;
	char text[BODY_ROOM], url[URL_ROOM];
	struct piece *bent[] = { &path, &headers, &body, &body };
	size_t which = number_below(4), n;

	piece_set(&path, ROUTE);
	snprintf(text, sizeof text,
	    "Host: localhost\r\n"
	    "Authorization: Bearer %s\r\nContent-Type: application/json\r\n"
	    "Connection: close",
	    who->token);
	piece_set(&headers, text);
	snprintf(url, sizeof url, "https://hooks.example.com/mutation/%d",
	    round);
	piece_set(&body, body_for(text, url));
	for (size_t i = 1 + number_below(CHANGES_MAX); i > 0; i--)
		bend(bent[which]);
	n = (size_t)sprintf(bytes, "POST ");
	memcpy(bytes + n, path.bytes, path.length);
	n += path.length;
	n += (size_t)sprintf(bytes + n, " HTTP/1.1\r\n");
	memcpy(bytes + n, headers.bytes, headers.length);
	n += headers.length;
	n += (size_t)sprintf(bytes + n, "\r\nContent-Length: %zu\r\n\r\n",
	    body.length);
	memcpy(bytes + n, body.bytes, body.length);
	n += body.length;
	memset(bytes + n, ' ', FILLER);
	return n + (which == 1 ? FILLER : 0);
}

/* No 5xx, no HTML, and a row only where a 201 says so. */
static bool
is_sound(const struct answer *a, long rows, long rows_before)
{
	bool stored = rows == rows_before + 1;

	return a->status < 500 && (a->status == 0 || a->body[0] == '{') &&
	    (rows == rows_before || (stored && a->status == 201));
}

static uint64_t
choose_seed(void)
{
	const char *given = getenv("POSTERN_SEED");

	return given != NULL ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
}

Test(mutation, bent_requests_never_break_anything)
{
	static char bytes[4 * PIECE_ROOM + FILLER];
	int rounds = long_run() ? ROUNDS_LONG
	    : has_responder()   ? ROUNDS
				: ROUNDS_CGI,
	    good = 0;
	pid_t pid = has_responder() ? responder_pid() : 0;
	struct account who = account_new();
	uint64_t seed = choose_seed();
	char url[URL_ROOM];
	struct answer a;
	long before = 0;

	tell("%d requests bent with POSTERN_SEED=%llu", rounds,
	    (unsigned long long)seed);
	state = seed * 2 + 1;
	for (int round = 0; round < rounds; round++) {
		size_t n = bent_request(&who, round, bytes);
		long rows;

		a = http_raw(bytes, n);
		rows = account_webhooks(&who);
		cr_assert(is_sound(&a, rows, before),
		    "seed %llu, request "
		    "%d: %d, rows %ld, then %ld: %.*s: %s",
		    (unsigned long long)seed, round, a.status, before, rows,
		    (int)n, bytes, a.body);
		before = rows;
		good += a.status == 201;
	}
	tell("%d of them were still good", good);
	a = register_url(&who, unique_url(url, "mutation"));
	expect_answer("after it all", &a, (struct want){ .status = 201 });
	if (has_responder())
		cr_expect_eq(responder_pid(), pid, "no crash");
}
