/* publish_db.h - requests to publish as calls of postern.api_publish. */
#ifndef POSTERN_PUBLISH_DB_H
#define POSTERN_PUBLISH_DB_H

#include "responder/commit_kind.h"

#define PUBLISH_DB_BATCH_MAX 64
#define PUBLISH_DB_BYTES_MAX 4194304 /* of the bodies of a batch */

/*
 * How a group commit calls postern.api_publish for what struct
 * pending_publication has.
 */
extern const struct commit_kind publish_db_kind;

#endif
