/*
 * json_scan.h - what is at the front of a JSON text.
 *
 * The grammar is RFC 8259's, the bytes are UTF-8 as in RFC 3629; a byte order
 * mark is refused. On top of both are rules. Pure; nothing is allocated; time
 * is linear in the length, at worst members_max times it where names are long.
 *
 * A take function reads what its name says from the front; when it is not
 * there, it returns false and the scan is over.
 */
#ifndef POSTERN_JSON_SCAN_H
#define POSTERN_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/text.h"

#define JSON_DEPTH_MAX 16
#define JSON_MEMBERS_MAX 32
#define JSON_FREE_DEPTH_MAX 128

struct json_rules {
	unsigned depth_max;
	size_t members_max; /* of an object, none of them twice; 0: any */
	bool any_escape;    /* also U+0000 and half of a surrogate pair */
	/* its value, at depth 1 or 3, is judged by json_free; NULL: none */
	const char *free_member;
};

/*
 * Strict: no duplicate member in any object (names compared after their escapes
 * are undone), no U+0000 in any string, no unpaired surrogate. Free: whatever
 * RFC 8259 takes, to a depth.
 */
extern const struct json_rules json_strict, json_free;

/* What is left to read. */
struct json_scan {
	const unsigned char *at, *end;
	const struct json_rules *rules;
	unsigned depth;
	bool plain; /* text of our own: no escapes, all allowed */
};

struct json_member {
	struct text name, value; /* the name without its quotes */
};

struct json_scan json_scan_begin(const char *text, size_t length,
    const struct json_rules *rules);

void json_skip_blanks(struct json_scan *s);
bool json_take_byte(struct json_scan *s, unsigned char c);
MUST_CHECK bool json_take_value(struct json_scan *s);

/* With the blanks before, between and behind. */
MUST_CHECK bool json_take_member(struct json_scan *s, struct json_member *m);

/* *inside is without its quotes. */
MUST_CHECK bool json_take_string(struct json_scan *s, struct text *inside);

/* One of a string, its escape undone: its code point. */
MUST_CHECK bool json_take_character(struct json_scan *s, uint32_t *code);

/* Is a member's name this plain UTF-8, its escapes undone? */
MUST_CHECK bool json_is_name(struct text name, const char *plain);

/*
 * The bytes of a string that the strict rules have let through, in UTF-8, its
 * quotes and escapes undone; their number. to has room for quoted.length and
 * may be quoted.start; NULL: only count.
 */
size_t json_string(struct text quoted, char *to);

#endif
