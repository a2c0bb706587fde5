/*
 * turns.h - a queue in which owners take turns, however much one has queued.
 *
 * Round robin over owners; what one has queued goes in its order. Pure but for
 * memory.
 */
#ifndef POSTERN_HTTP_TURNS_H
#define POSTERN_HTTP_TURNS_H

#include <stdbool.h>
#include <sys/queue.h>

#include "common/compiler.h"
#include "http/owner.h"

struct turn_owner;

/* What waits, embedded in it, zeroed at first. */
struct turn {
	struct turn_owner *owner; /* NULL: it does not wait */
	TAILQ_ENTRY(turn) others;
};

struct turns {
	struct owner_table owners; /* those who have something queued */
	TAILQ_HEAD(, turn_owner) ring;
};

/* False: memory is short. Pair with turns_clear. */
MUST_CHECK bool turns_init(struct turns *t);

/* Nothing waits any more; zeroed is fine. */
void turns_clear(struct turns *t);

/* False: memory is short, and it does not wait. */
MUST_CHECK bool turns_add(struct turns *t, struct turn *item,
    const unsigned char owner[OWNER_BYTES]);

/* Whose turn it is, no longer waiting then. NULL: nobody waits. */
struct turn *turns_take(struct turns *t);

/* Whose turn it is, still waiting; NULL: nobody. His turn goes to the next. */
struct turn *turns_first(const struct turns *t);
void turns_pass(struct turns *t);

/* How many owners wait, and how much of one does. */
size_t turns_owners(const struct turns *t);
size_t turns_count(const struct turns *t,
    const unsigned char owner[OWNER_BYTES]);

/* It does not wait any longer; fine when it did not. */
void turns_remove(struct turns *t, struct turn *item);

bool turns_empty(const struct turns *t);

#endif
