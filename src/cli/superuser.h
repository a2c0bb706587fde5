/* superuser.h - root, on a host with the database, logs in as postgres. */
#ifndef POSTERN_SUPERUSER_H
#define POSTERN_SUPERUSER_H

#include <stdbool.h>

#include "common/compiler.h"

#include "cli/command.h"

/*
 * Be the user postgres from now on, for good, if we are root, the database is
 * on this host and nobody has been named to log in as: by its own settings the
 * server lets no other in. False, said on stderr: it cannot be.
 */
MUST_CHECK bool superuser_become(const struct invocation *call);

/*
 * The same while a connection is made, by which the server knows who asks: the
 * process has the rights of postgres in between, and its own again afterwards.
 */
MUST_CHECK bool superuser_begin(const struct invocation *call);
void superuser_end(bool begun);

#endif
