/* routes.h - the routes: a row for each method and path. */
#ifndef POSTERN_ROUTES_H
#define POSTERN_ROUTES_H

#include "responder/router.h"

/* Ends in a row of NULLs. */
extern const struct route routes[];

#endif
