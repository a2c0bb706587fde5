/* many.h - requests in flight together, each on a connection of its own. */
#ifndef CONTRACT_MANY_H
#define CONTRACT_MANY_H

#include <stddef.h>

#include "http.h"

struct job {
	struct request request;
	struct answer answer;
};

/* Send all at one moment; wait for all. */
void many_send(struct job *jobs, size_t n);

/* One request in the background. call_wait gives its answer and frees it. */
struct call;
struct call *call_start(const struct request *r);
bool call_done(struct call *c);
struct answer call_wait(struct call *c);

#endif
