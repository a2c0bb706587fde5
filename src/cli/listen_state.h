/*
 * listen_state.h - how far postern listen has come, in a file that lasts.
 *
 * $XDG_STATE_HOME/postern/NAME, or ~/.local/state/postern/NAME; others cannot
 * read it, for it holds the key that forwards are signed with. It is replaced
 * as a whole, and on the disk, once for each page of events. How far it is
 * within the page is in NAME.done, which outlives the program, but perhaps not
 * a loss of power: then the page is taken again.
 */
#ifndef POSTERN_LISTEN_STATE_H
#define POSTERN_LISTEN_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "common/secret.h"

#define LISTEN_STATE_TEXT_MAX 129
#define LISTEN_STATE_NAME_MAX 64

struct listen_state_file;

struct listen_state {
	char since[LISTEN_STATE_TEXT_MAX];  /* where it began; "": nowhere */
	char cursor[LISTEN_STATE_TEXT_MAX]; /* of the page in hand; "": none */
	char last[LISTEN_STATE_TEXT_MAX];   /* the last done of it; "": none */
	char key[SECRET_TEXT_LENGTH + 1];
};

/* The name for what is heard there and forwarded to; "" forwards nothing. */
void listen_state_name(const char *url, const char *forward,
    char name[LISTEN_STATE_NAME_MAX]);

/*
 * Open it, and keep others out until it is closed. A new one has a key, and
 * nothing else. NULL: why says what is wrong and what to do.
 */
MUST_CHECK struct listen_state_file *listen_state_open(const char *name,
    struct listen_state *state, char *why, size_t why_size);
/* Only look: nobody is kept out, and what is new is not kept. */
MUST_CHECK bool listen_state_peek(const char *name, struct listen_state *state,
    char *why, size_t why_size);

void listen_state_close(struct listen_state_file *file);

/* Is it on the disk? false: why says what is wrong; the old one is there. */
MUST_CHECK bool listen_state_save(struct listen_state_file *file,
    const struct listen_state *state, char *why, size_t why_size);

/* Keep what was done last of the page. False: as above. */
MUST_CHECK bool listen_state_note(struct listen_state_file *file,
    const struct listen_state *state, char *why, size_t why_size);

#endif
