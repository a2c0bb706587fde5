/*
 * printable.h - text of strangers to text that a terminal may be given.
 *
 * URLs, descriptions and error texts may hold what moves the cursor, changes
 * the title, or turns the direction of writing. Such characters, and bytes that
 * are no UTF-8, come out as \n, \t, \xNN or \u{NNNN}.
 */
#ifndef POSTERN_PRINTABLE_H
#define POSTERN_PRINTABLE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PRINTABLE_ALL ((size_t)-1)

/* The columns of a terminal that the text takes. */
size_t printable_width(const char *text);

/*
 * Write it, in at most so many columns, with a mark at the end if it is cut;
 * returns how many it took. What the locale cannot show is escaped, too.
 */
size_t printable_put(FILE *to, const char *text, size_t most);

/*
 * The next character of a text that does not end here, for programs: UTF-8 in
 * any locale. *code is what may be written as it is, or 0: write *escaped,
 * an escape. Returns its length in bytes.
 */
size_t printable_take(const char *text, uint32_t *code, char escaped[16]);

#endif
