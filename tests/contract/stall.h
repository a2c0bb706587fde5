/*
 * stall.h - a registration held still inside the database.
 *
 * STALL_WRITING holds it inside its transaction; STALL_COMMITTED after its
 * commit is on disk and before its client is told, as a commit that waits
 * for a standby which never answers.
 */
#ifndef CONTRACT_STALL_H
#define CONTRACT_STALL_H

#include <stdbool.h>

enum stall { STALL_WRITING, STALL_COMMITTED };

void stall_begin(enum stall where);

/* Is a registration there now? */
bool stall_reached(enum stall where);

/* Let go; also after a crash of PostgreSQL. */
void stall_end(enum stall where);

#endif
