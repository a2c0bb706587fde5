/* prefetch.c - back-pressure: what is in hand, and how much more to claim. */
#include "delivery/prefetch.h"

#include <stdlib.h>

#include "common/share.h"

#define AMPLE_SHARE 4  /* so large a part of the places is ample room */
#define BYTES_SHARE 16 /* and such a part of the bytes, though it be for few */
#define FREE_SHARE 4   /* a heavy account has room once so much is free */
#define FEW 2

size_t
prefetch_bytes_max(unsigned in_flight_max)
{
	size_t bytes = (size_t)in_flight_max * PREFETCH_BODY_MAX;

	return bytes < PREFETCH_BYTES_MAX ? bytes : PREFETCH_BYTES_MAX;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t
subtract(size_t from, size_t n)
{
	return from > n ? from - n : 0;
}

bool
prefetch_init(struct prefetch *p, unsigned in_flight_max)
{
	size_t places = in_flight_max, all = 2 * places * 8 / 7,
	       bytes = prefetch_bytes_max(in_flight_max);

	*p = (struct prefetch){
		.webhooks = id_table_open(sizeof(struct prefetch_webhook)),
		.accounts = id_table_open(sizeof(struct prefetch_account)),
		.most = { [PREFETCH_ALL] = { all, bytes },
		    [PREFETCH_SUSPECT] = { least(all - all / 4,
					       places - places / 2),
			bytes / 2 },
		    [PREFETCH_FAILING] = { least(all / 2, (places + 3) / 4),
			bytes / 4 } },
		.ample = (places + AMPLE_SHARE - 1) / AMPLE_SHARE,
		.body_estimate = PREFETCH_BODY_MAX,
	};
	return p->webhooks != NULL && p->accounts != NULL;
}

void
prefetch_clear(struct prefetch *p)
{
	id_table_close(p->webhooks);
	id_table_close(p->accounts);
	*p = (struct prefetch){ 0 };
}

/* An attempt is of its class and of those around it. */
static const enum prefetch_class innermost[STANDING_COUNT] = {
	[STANDING_PROVEN] = PREFETCH_ALL,
	[STANDING_NEW] = PREFETCH_SUSPECT,
	[STANDING_FAILING] = PREFETCH_FAILING,
};

static void
add_to_hands(struct prefetch_hand hands[PREFETCH_CLASSES],
    const struct attempt *a)
{
	for (int c = innermost[a->standing]; c >= PREFETCH_ALL; c--) {
		hands[c].count++;
		hands[c].bytes += a->body_length;
	}
}

static void
remove_from_hands(struct prefetch_hand hands[PREFETCH_CLASSES],
    const struct attempt *a)
{
	for (int c = innermost[a->standing]; c >= PREFETCH_ALL; c--) {
		hands[c].count--;
		hands[c].bytes -= a->body_length;
	}
}

static void
add_attempt(struct prefetch *p, const struct attempt *a)
{
	struct prefetch_webhook *w = id_table_get(p->webhooks, a->webhook);
	struct prefetch_account *account =
	    id_table_get(p->accounts, a->account);

	if (w != NULL) {
		w->count++;
		w->suspect = a->standing != STANDING_PROVEN;
	}
	if (account != NULL) {
		account->share = a->share;
		add_to_hands(account->hands, a);
	}
	add_to_hands(p->hands, a);
}

static size_t
round_up(size_t bytes)
{
	return (bytes + PREFETCH_BODY_MAX - 1) / PREFETCH_BODY_MAX;
}

/* So many bytes the account may have. Shares are of the largest bodies. */
static size_t
limit_bytes(const struct prefetch *p, enum prefetch_class c, float share)
{
	const struct share_pool bodies = { round_up(p->most[c].bytes),
		round_up(p->hands[c].bytes) };

	return share_limit(&bodies, share) * PREFETCH_BODY_MAX;
}

/* One that is alone in its class has, however long it is. */
static bool
has_room_for_body(const struct prefetch *p, const struct attempt *a)
{
	static const struct prefetch_account none = { .share = 1 };
	const struct prefetch_account *account =
	    id_table_find(p->accounts, a->account);
	const struct prefetch_hand *hands =
	    account == NULL ? none.hands : account->hands;

	for (int c = innermost[a->standing]; c >= PREFETCH_ALL; c--) {
		if (p->hands[c].count > 0 &&
		    (p->hands[c].bytes + a->body_length > p->most[c].bytes ||
			hands[c].bytes + a->body_length >
			    limit_bytes(p, c, a->share)))
			return false;
	}
	return true;
}

void
prefetch_add(struct prefetch *p, struct attempt *first, size_t seen_bytes)
{
	size_t count = 0;

	for (struct attempt *a = first; a != NULL; a = a->next) {
		if (a->body != NULL && !has_room_for_body(p, a))
			attempt_leave_out(a);
		add_attempt(p, a);
		count++;
	}
	if (count > 0)
		p->body_estimate = seen_bytes / count + 1;
}

static void
remove_from_webhook(struct prefetch *p, const struct attempt *a)
{
	struct prefetch_webhook *w = id_table_find(p->webhooks, a->webhook);

	if (w == NULL)
		return;
	w->count--;
	w->stalled = a->stalled;
	if (a->limit > 0)
		w->limit = a->limit;
	if (w->count == 0)
		id_table_remove(p->webhooks, w);
}

static void
remove_from_account(struct prefetch *p, const struct attempt *a)
{
	struct prefetch_account *account =
	    id_table_find(p->accounts, a->account);

	if (account == NULL)
		return;
	remove_from_hands(account->hands, a);
	if (account->hands[PREFETCH_ALL].count == 0)
		id_table_remove(p->accounts, account);
}

void
prefetch_remove(struct prefetch *p, const struct attempt *a)
{
	remove_from_webhook(p, a);
	remove_from_account(p, a);
	remove_from_hands(p->hands, a);
}

/*
 * Of so much, for all in turn, or what is kept for those with few: some of that
 * already when only a little is left, lest they wait for turns of the others.
 */
static size_t
measure_free(size_t most, size_t used)
{
	size_t open = most - most / 8, least_free = most / 16;

	if (used >= open)
		return subtract(most, used);
	return open - used > least_free ? open - used : least_free;
}

struct prefetch_rooms
prefetch_rooms(const struct prefetch *p)
{
	struct prefetch_rooms rooms;

	for (int c = 0; c < PREFETCH_CLASSES; c++) {
		const struct prefetch_hand *most = &p->most[c],
					   *used = &p->hands[c];

		rooms.of[c] = (unsigned)least(measure_free(most->count,
						  used->count),
		    measure_free(most->bytes, used->bytes) / p->body_estimate);
		/* or bodies that nearly fill its bytes would never be sent */
		if (rooms.of[c] == 0 && used->count == 0)
			rooms.of[c] = 1;
	}
	return rooms;
}

struct prefetch_rooms
prefetch_rooms_but(const struct prefetch *p, unsigned part)
{
	struct prefetch_rooms rooms = prefetch_rooms(p);

	for (int c = 0; c < PREFETCH_CLASSES; c++) {
		size_t most = p->most[c].count;

		if (p->hands[c].count > 0)
			rooms.of[c] = (unsigned)least(rooms.of[c],
			    subtract(most - most / part, p->hands[c].count));
	}
	return rooms;
}

/* Of a limit on what one account holds, of which it has so much. */
static size_t
measure_room(size_t limit, size_t used, bool few)
{
	size_t room = subtract(limit, used);

	return few || room * FREE_SHARE >= limit ? room : 0;
}

static unsigned
measure_account(const struct prefetch *p, enum prefetch_class c,
    const struct prefetch_hand *has, float share)
{
	const struct prefetch_hand *most = &p->most[c], *used = &p->hands[c];
	const struct share_pool places = { most->count, used->count };
	size_t places_limit = share_limit(&places, share),
	       bytes_limit = limit_bytes(p, c, share),
	       body = has->count > 0 ? has->bytes / has->count + 1
				     : p->body_estimate;
	bool few = has->count < FEW;

	return (unsigned)least(measure_room(places_limit, has->count, few),
	    measure_room(bytes_limit, has->bytes, few) / body);
}

struct prefetch_rooms
prefetch_account_rooms(const struct prefetch *p,
    const struct prefetch_account *a)
{
	struct prefetch_rooms rooms;

	for (int c = 0; c < PREFETCH_CLASSES; c++)
		rooms.of[c] = measure_account(p, c, &a->hands[c], a->share);
	return rooms;
}

struct prefetch_rooms
prefetch_each_account(const struct prefetch *p)
{
	static const struct prefetch_account none = { .share = 1 };

	return prefetch_account_rooms(p, &none);
}

bool
prefetch_may_claim(const struct prefetch *p,
    const unsigned char account[ID_BYTES])
{
	const struct prefetch_account *a = id_table_find(p->accounts, account);
	struct prefetch_rooms rooms =
	    a != NULL ? prefetch_account_rooms(p, a) : prefetch_each_account(p);

	return rooms.of[PREFETCH_ALL] > 0;
}

static unsigned
measure_ahead(const struct prefetch_webhook *w)
{
	if (w->limit == 0)
		return w->suspect ? CONCURRENCY_INITIAL : PREFETCH_PER_WEBHOOK;
	if (w->stalled)
		return w->limit + 1;
	return w->suspect ? w->limit : concurrency_limit_ahead(w->limit);
}

bool
prefetch_webhook_room(const struct prefetch_webhook *w, unsigned *room)
{
	unsigned few =
	    w->limit > 0 && w->limit < PREFETCH_FEW ? w->limit : PREFETCH_FEW;

	*room = (unsigned)subtract(measure_ahead(w), w->count);
	return w->stalled || w->count >= few;
}

size_t
prefetch_bytes_left(const struct prefetch *p)
{
	return subtract(p->most[PREFETCH_ALL].bytes,
	    p->hands[PREFETCH_ALL].bytes);
}

bool
prefetch_has_ample_room(const struct prefetch *p)
{
	const struct prefetch_hand *most = &p->most[PREFETCH_ALL],
				   *used = &p->hands[PREFETCH_ALL];
	size_t open = most->count - most->count / 8;

	return used->count == 0 ||
	    (subtract(open, used->count) >= p->ample &&
		subtract(most->bytes, used->bytes) >=
		    most->bytes / BYTES_SHARE);
}
