/* listen_setup.h - what postern listen needs before it can follow events. */
#ifndef POSTERN_LISTEN_SETUP_H
#define POSTERN_LISTEN_SETUP_H

#include "common/compiler.h"

#include "cli/api.h"
#include "cli/command.h"
#include "cli/forward.h"
#include "cli/keyboard.h"
#include "cli/listen_state.h"

/* Zeroed to begin with. */
struct listen_setup {
	struct keyboard *keyboard;
	struct api *api;
	struct listen_state_file *file;
	struct listen_state state;
	struct forward forward; /* without a URL if nothing is forwarded */
	char key[SECRET_TEXT_LENGTH + 1]; /* that it signs with */
};

/*
 * Read the options, open the state, and see that the API answers. The state
 * says where to begin, and is saved. EXIT_SUCCESS; or the status to exit with,
 * and it has been said why. To be closed in either case.
 */
MUST_CHECK int listen_setup_open(const struct invocation *call,
    struct listen_setup *setup);
void listen_setup_close(struct listen_setup *setup);

/*
 * The key that is signed with, from the file of --secret-file, if the call has
 * that option; else key is left as it is. False: it has been said why.
 */
MUST_CHECK bool listen_setup_key(const struct invocation *call,
    char key[SECRET_TEXT_LENGTH + 1]);

#endif
