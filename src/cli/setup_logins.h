/* setup_logins.h - who may log in, in PostgreSQL's own files. */
#ifndef POSTERN_SETUP_LOGINS_H
#define POSTERN_SETUP_LOGINS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"

/*
 * Let the users postern and postern-delivery in as their roles, in this
 * database: a line before all others of pg_hba.conf, which is at hba, and two
 * at the end of pg_ident.conf, at ident. Each file is replaced as a whole. The
 * server reads them when it is told. False: why says which cannot be written.
 */
MUST_CHECK bool setup_logins_write(const char *hba, const char *ident,
    const char *database, char *why, size_t why_size);

#endif
