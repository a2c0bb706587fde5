/*
 * admission.h - may this request go on now? Which account it counts for, how
 * often that may ask, and how many threads it may hold.
 *
 * A token says nothing of its account, so the database is asked once, over
 * connections that nothing else uses and by a look-up that nobody can make
 * slow. What is learned so is for fairness alone: whether the token is good is
 * asked again with each request. Whom the database cannot tell in time counts,
 * together with all others of that kind, as one account. Safe for any number
 * of threads.
 */
#ifndef POSTERN_ADMISSION_H
#define POSTERN_ADMISSION_H

#include <stdbool.h>

#include "common/compiler.h"
#include "responder/account.h"
#include "responder/credential.h"
#include "responder/outcome.h"

struct admission;

/* A request that is inside, or not. Zeroed at first. */
struct visit {
	struct account account;
	bool inside;
	unsigned retry_after; /* seconds, when it is refused */
};

/*
 * threads are all there are, of which an eighth stays free to refuse what is
 * too much; rate is requests a second of one account, 0: any. With one thread
 * nobody can delay another, and accounts are not told apart. NULL when memory
 * is short. Pair with admission_close; NULL is fine.
 */
MUST_CHECK struct admission *admission_open(const char *conninfo,
    unsigned threads, unsigned rate);
void admission_close(struct admission *a);

/*
 * hash is of the request's token or client secret, address whose it is, as
 * text. NONE: inside, until admission_leave. INVALID_TOKEN: nobody has this
 * credential; RATE_LIMITED: the account asks too often, or for too much at
 * once; SERVICE_UNAVAILABLE: all threads are taken.
 */
MUST_CHECK enum outcome admission_enter(struct admission *a, struct visit *v,
    const unsigned char hash[CREDENTIAL_HASH_BYTES], const char *address);

/* The same for a request without a credential. */
MUST_CHECK enum outcome admission_enter_unknown(struct admission *a,
    struct visit *v);

/* The request is over; harmless if it is not inside. */
void admission_leave(struct admission *a, struct visit *v);

#endif
