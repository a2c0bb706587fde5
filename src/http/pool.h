/*
 * pool.h - connections kept for the next request, and what is known of origins.
 *
 * An origin is a scheme, a host and a port. One that has not yet been seen to
 * stay silent after an answer is unproven: what is kept to it rests before it
 * is used again. Nothing is kept for a while to one that ever sent what nobody
 * had asked for. Pure: no I/O; times are of clock_now_ms.
 */
#ifndef POSTERN_POOL_H
#define POSTERN_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "http/holdings.h"
#include "http/url.h"

#define POOL_REST_MS 250
#define POOL_STRAY_MS 3600000LL
#define POOL_IDLE_MS 120000LL /* kept without being used */

struct pool;

struct origin {
	bool tls;
	unsigned port;
	const char *host;
};

/* A connection, for the pool; embedded in it, zeroed but for the first three */
struct pooled {
	void *connection;
	struct origin *origin; /* held as long as the connection is there */
	long long opened_ms;

	/* the pool's */
	long long idle_since_ms;
	bool kept;
	struct holding holding;               /* by whose request was last */
	struct pooled *newer, *older;         /* of this origin */
	struct pooled *newer_all, *older_all; /* of all */
};

struct pool_options {
	size_t idle_max;    /* connections kept; beyond, one goes: holdings.h */
	size_t origins_max; /* beyond, the one that is longest without use */
	long long life_ms;  /* a connection is not used again after so long */
	/* Close what is no longer kept, and call the pool for no other. */
	void (*drop)(void *arg, void *connection);
	void *arg;
};

/* NULL: memory is short. */
MUST_CHECK struct pool *pool_open(const struct pool_options *options);

/* Drops what is kept. All origins must have been released. */
void pool_close(struct pool *p);

/* The origin of a URL, held until it is released. NULL: memory is short. */
MUST_CHECK struct origin *pool_hold_origin(struct pool *p,
    const struct url *url);
void pool_hold(struct pool *p, struct origin *o);
void pool_release(struct pool *p, struct origin *o);

/*
 * A kept connection that may be used now, and is the caller's then; NULL: open
 * one. One of an unproven origin is to be looked at: silent still, it proves
 * the origin.
 */
void *pool_take(struct pool *p, struct origin *o, long long now_ms);
void pool_prove(struct origin *o);

/*
 * Keep it, which this owner's request has used. False: it cannot be used
 * again, the caller closes it.
 */
MUST_CHECK bool pool_put(struct pool *p, struct pooled *c,
    const unsigned char owner[OWNER_BYTES], long long now_ms);

/* Keep it no longer, without a call of drop; fine when it is not kept. */
void pool_remove(struct pool *p, struct pooled *c);

/* It sent what nobody had asked for: drop what is kept, keep no more. */
void pool_note_stray(struct pool *p, struct origin *o, long long now_ms);

/* Drop what has been idle too long. Returns when to call it again; -1: none */
long long pool_expire(struct pool *p, long long now_ms);

/* Drop all that is kept. */
void pool_drop_all(struct pool *p);

/* How many connections are kept. */
size_t pool_kept(const struct pool *p);

#endif
