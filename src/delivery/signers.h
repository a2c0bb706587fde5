/*
 * signers.h - signs what is sent with the platform's own keys.
 *
 * Standard Webhooks' v1a items: one key, or two while they rotate. A
 * signature depends on the content alone, so those of the last contents are
 * remembered: an event to many webhooks is signed once a second, and a thread
 * with time to spare may sign ahead of another. Any thread may call it.
 */
#ifndef POSTERN_SIGNERS_H
#define POSTERN_SIGNERS_H

#include <stdbool.h>
#include <stddef.h>

#define SIGNERS_MAX 2
#define SIGNERS_ITEM 93		/* a blank, "v1a," and 88 characters */
#define SIGNERS_TEXT_MAX (SIGNERS_MAX * SIGNERS_ITEM + 1)

struct signers;

/*
 * Read count key files; there may be none. NULL: why says which cannot be
 * used and what to do. Pair with signers_close; NULL is fine.
 */
struct signers *signers_open(char *const *paths, size_t count, char *why,
    size_t why_size);
void signers_close(struct signers *s);

/* Read the files again. False: as it was, and why. */
bool signers_reload(struct signers *s, char *why, size_t why_size);

/* The ids of the keys. */
size_t signers_count(const struct signers *s);
const unsigned char *signers_id(const struct signers *s, size_t i);

/* Write an item for each key, a blank before each; text ends in NUL. */
void signers_write(struct signers *s, const char *content, size_t length,
    char text[SIGNERS_TEXT_MAX]);

#endif
