/*
 * world.h - a worker's scheduler among random accounts, event by event.
 *
 * The clock is the world's own, in milliseconds. The scheduler is the real one;
 * what is around it is modelled: accounts that publish, receivers that answer
 * as their account's shape says, webhooks that cool after a hard failure, and
 * the claiming of more than may be in flight, by the same shares.
 */
#ifndef POSTERN_SIMULATION_WORLD_H
#define POSTERN_SIMULATION_WORLD_H

#include <stdbool.h>
#include <stddef.h>

#include "delivery/attempt.h"
#include "delivery/scheduler.h"
#include "common/share.h"
#include "random.h"

#define CEILING 128
#define TIMEOUT_MS 15000
#define COOL_MS 5000

enum shape {
	SHAPE_QUIET,   /* now and then an event */
	SHAPE_NOVEL,   /* so too, but for a webhook that nothing is known of */
	SHAPE_BURSTY,  /* nothing, then many at once */
	SHAPE_HEALTHY, /* heavy: owed without end */
	SHAPE_HANGING, /* heavy, and never answers */
	SHAPE_SLOW,    /* heavy, and takes seconds */
	SHAPE_SLOWING, /* heavy, and one day takes seconds */
	SHAPE_COUNT
};

struct webhook {
	struct account *account;
	unsigned owed, in_hand, in_flight;
	unsigned limit; /* as it was heard last; 0: not known */
	bool stalled;
	enum standing standing;
	long long cool_until_ms;
};

struct account {
	enum shape shape;
	enum standing standing; /* of its webhooks at first */
	float weight;
	int service_ms;
	double an_hour;                   /* events */
	unsigned first, webhooks, cursor; /* of the world's webhooks */
	unsigned owed;                    /* of all of them */
	unsigned in_hand[STANDING_COUNT], in_flight[STANDING_COUNT];

	/* what was seen since world_look */
	double held;          /* places, times milliseconds */
	double had, fair;     /* places: sums of moments when it wanted more */
	unsigned wanted;      /* such moments */
	struct account *next; /* of those that publish at the same time */
};

/* Since world_look. */
struct sight {
	long long ms;
	double held, missed;    /* places, times milliseconds */
	int quiet_ms, novel_ms; /* the longest wait for a place */
	unsigned long long starts;
};

struct world {
	struct random *random;
	struct scheduler *scheduler;
	struct share_pool places[STANDING_COUNT], hand[STANDING_COUNT];
	struct account *accounts;
	size_t account_count, account_room, turn;
	struct webhook *webhooks;
	size_t webhook_count, webhook_room;
	long long now_ms, slow_ms; /* when those that slow down do */
	bool ended;                /* something has, since the last claim */
	bool heavy;                /* those that are owed without end are */
	struct sight sight;
	struct wheel *wheel;
};

void world_open(struct world *w, struct random *r, unsigned places);
void world_close(struct world *w);

/* Before the first world_run. */
void world_add(struct world *w, enum shape shape, enum standing standing,
    unsigned webhooks, float weight);

/* For so long. */
void world_run(struct world *w, long long ms);

/* Until nothing is in hand; the clock then moves on by so much. */
void world_rest(struct world *w, long long ms);

/* One event of this account. */
void world_publish(struct world *w, struct account *a);

/* Does it have something that could use a place, if it got one? */
bool world_wants(const struct world *w, const struct account *a);

/* Forget what was seen until now. */
void world_look(struct world *w);

static inline bool
shape_is_heavy(enum shape s)
{
	return s >= SHAPE_HEALTHY;
}

#endif
