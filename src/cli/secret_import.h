/* secret_import.h - postern secrets import: a secret of another service's. */
#ifndef POSTERN_CLI_SECRET_IMPORT_H
#define POSTERN_CLI_SECRET_IMPORT_H

#include "cli/command.h"

/*
 * postern secrets import WEBHOOK FILE.pub [SECRET-FILE]: let a webhook's
 * deliveries be signed with a secret that its receiver knows from elsewhere.
 * It is sealed here, so that the database never has it in the clear, and is
 * read from a file, standard input ("-") or the terminal, never from argv.
 */
int secrets_import_run(const struct invocation *call);

#endif
