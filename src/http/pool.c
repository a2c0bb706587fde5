/* pool.c - connections kept for the next request, and origins. */
#include "http/pool.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/keyed_hash.h"

#define BUCKETS_FIRST 256

/* What the pool knows, with what it shows. */
struct known {
	size_t holds;
	bool proven;
	long long stray_until_ms;
	struct pooled *newest, *oldest;
	struct known *next;          /* in its bucket */
	struct known *newer, *older; /* of those that nobody holds */
	struct origin origin;
	char host[];
};

struct pool {
	struct pool_options options;
	struct keyed_hash hash;
	struct known **buckets;
	size_t bucket_count, origin_count;
	struct known *newest_unused, *oldest_unused;
	struct holdings *holdings; /* of what is kept */
	struct pooled *newest, *oldest;
	size_t kept;
};

static struct known *
known_of(struct origin *o)
{
	return (
	    struct known *)(void *)((char *)o - offsetof(struct known, origin));
}

struct pool *
pool_open(const struct pool_options *options)
{
	struct pool *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->options = *options;
	keyed_hash_init(&p->hash);
	p->bucket_count = BUCKETS_FIRST;
	p->buckets = calloc(p->bucket_count, sizeof *p->buckets);
	p->holdings = holdings_open();
	if (p->buckets != NULL && p->holdings != NULL)
		return p;
	holdings_close(p->holdings);
	free(p->buckets);
	free(p);
	return NULL;
}

static void
free_origins(struct pool *p)
{
	for (size_t i = 0; i < p->bucket_count; i++) {
		while (p->buckets[i] != NULL) {
			struct known *k = p->buckets[i];

			p->buckets[i] = k->next;
			free(k);
		}
	}
}

void
pool_close(struct pool *p)
{
	if (p == NULL)
		return;
	pool_drop_all(p);
	free_origins(p);
	holdings_close(p->holdings);
	free(p->buckets);
	free(p);
}

/* --- the table of origins ------------------------------------------------ */

static struct known **
bucket_of(const struct pool *p, struct text host)
{
	uint64_t n = keyed_hash(&p->hash, host.start, host.length);

	return &p->buckets[n & (p->bucket_count - 1)];
}

static struct known **
bucket_of_known(const struct pool *p, const struct known *k)
{
	const char *host = k->origin.host;

	return bucket_of(p, (struct text){ host, strlen(host) });
}

static bool
is_of(const struct origin *o, const struct url *url)
{
	return o->tls == url->tls && o->port == url->port &&
	    strncmp(o->host, url->host.start, url->host.length) == 0 &&
	    o->host[url->host.length] == '\0';
}

/* Twice the buckets; when memory is short, the chains get longer instead. */
static void
grow(struct pool *p)
{
	struct known **old = p->buckets;
	size_t old_count = p->bucket_count;

	p->buckets = calloc(2 * old_count, sizeof *old);
	if (p->buckets == NULL) {
		p->buckets = old;
		return;
	}
	p->bucket_count = 2 * old_count;
	for (size_t i = 0; i < old_count; i++) {
		while (old[i] != NULL) {
			struct known *k = old[i];
			struct known **to = bucket_of_known(p, k);

			old[i] = k->next;
			k->next = *to;
			*to = k;
		}
	}
	free(old);
}

static void
mark_unused(struct pool *p, struct known *k)
{
	k->newer = NULL;
	k->older = p->newest_unused;
	*(k->older == NULL ? &p->oldest_unused : &k->older->newer) = k;
	p->newest_unused = k;
}

static void
mark_used(struct pool *p, struct known *k)
{
	*(k->newer == NULL ? &p->newest_unused : &k->newer->older) = k->older;
	*(k->older == NULL ? &p->oldest_unused : &k->older->newer) = k->newer;
}

static void
forget_origin(struct pool *p, struct known *k)
{
	struct known **at = bucket_of_known(p, k);

	while (*at != k)
		at = &(*at)->next;
	*at = k->next;
	mark_used(p, k);
	p->origin_count--;
	free(k);
}

static struct known *
add_origin(struct pool *p, const struct url *url)
{
	struct known *k = calloc(1, sizeof *k + url->host.length + 1);
	struct known **bucket;

	if (k == NULL)
		return NULL;
	if (p->origin_count >= p->options.origins_max &&
	    p->oldest_unused != NULL)
		forget_origin(p, p->oldest_unused);
	if (p->origin_count >= 2 * p->bucket_count)
		grow(p);
	k->origin.tls = url->tls;
	k->origin.port = url->port;
	k->origin.host = k->host;
	memcpy(k->host, url->host.start, url->host.length);
	bucket = bucket_of(p, url->host);
	k->next = *bucket;
	*bucket = k;
	p->origin_count++;
	return k;
}

struct origin *
pool_hold_origin(struct pool *p, const struct url *url)
{
	struct known *k = *bucket_of(p, url->host);

	while (k != NULL && !is_of(&k->origin, url))
		k = k->next;
	if (k != NULL) {
		pool_hold(p, &k->origin);
		return &k->origin;
	}
	k = add_origin(p, url);
	if (k == NULL)
		return NULL;
	k->holds = 1;
	return &k->origin;
}

void
pool_hold(struct pool *p, struct origin *o)
{
	struct known *k = known_of(o);

	if (k->holds++ == 0)
		mark_used(p, k);
}

void
pool_release(struct pool *p, struct origin *o)
{
	struct known *k = known_of(o);

	if (--k->holds == 0)
		mark_unused(p, k);
}

/* --- the connections ----------------------------------------------------- */

static void
link_newest(struct pool *p, struct known *k, struct pooled *c)
{
	c->newer = c->newer_all = NULL;
	c->older = k->newest;
	*(c->older == NULL ? &k->oldest : &c->older->newer) = c;
	k->newest = c;
	c->older_all = p->newest;
	*(c->older_all == NULL ? &p->oldest : &c->older_all->newer_all) = c;
	p->newest = c;
}

void
pool_remove(struct pool *p, struct pooled *c)
{
	struct known *k = known_of(c->origin);

	if (!c->kept)
		return;
	c->kept = false;
	holdings_remove(p->holdings, &c->holding);
	p->kept--;
	*(c->newer == NULL ? &k->newest : &c->newer->older) = c->older;
	*(c->older == NULL ? &k->oldest : &c->older->newer) = c->newer;
	*(c->newer_all == NULL ? &p->newest : &c->newer_all->older_all) =
	    c->older_all;
	*(c->older_all == NULL ? &p->oldest : &c->older_all->newer_all) =
	    c->newer_all;
}

static void
drop(struct pool *p, struct pooled *c)
{
	pool_remove(p, c);
	p->options.drop(p->options.arg, c->connection);
}

static bool
is_over(const struct pool *p, const struct pooled *c, long long now_ms)
{
	return now_ms >= c->opened_ms + p->options.life_ms ||
	    now_ms >= c->idle_since_ms + POOL_IDLE_MS;
}

static bool
is_resting(const struct pooled *c, long long now_ms)
{
	return !known_of(c->origin)->proven &&
	    now_ms < c->idle_since_ms + POOL_REST_MS;
}

void *
pool_take(struct pool *p, struct origin *o, long long now_ms)
{
	struct known *k = known_of(o);
	struct pooled *c;

	while ((c = k->proven ? k->newest : k->oldest) != NULL) {
		if (is_over(p, c, now_ms)) {
			drop(p, c);
			continue;
		}
		if (is_resting(c, now_ms))
			return NULL;
		pool_remove(p, c);
		return c->connection;
	}
	return NULL;
}

void
pool_prove(struct origin *o)
{
	known_of(o)->proven = true;
}

static struct pooled *
pooled_of(struct holding *thing)
{
	return (struct pooled *)(void *)((char *)thing -
	    offsetof(struct pooled, holding));
}

/*
 * An origin could never prove itself if what rests had to go for the next; but
 * that is no reason to keep much of one owner and nothing of another.
 */
static bool
make_room(struct pool *p, const struct known *k,
    const unsigned char owner[OWNER_BYTES], long long now_ms)
{
	struct holding *first;

	if (p->kept < p->options.idle_max)
		return true;
	first = holdings_first(p->holdings, owner);
	if (first == NULL || (!k->proven && k->newest != NULL))
		return false;
	if (is_resting(pooled_of(first), now_ms) &&
	    holdings_beside(first) <= holdings_count(p->holdings, owner) + 1)
		return false;
	drop(p, pooled_of(first));
	return true;
}

bool
pool_put(struct pool *p, struct pooled *c,
    const unsigned char owner[OWNER_BYTES], long long now_ms)
{
	struct known *k = known_of(c->origin);

	c->idle_since_ms = now_ms;
	if (now_ms < k->stray_until_ms || is_over(p, c, now_ms) ||
	    !make_room(p, k, owner, now_ms) ||
	    !holdings_use(p->holdings, &c->holding, owner))
		return false;
	link_newest(p, k, c);
	c->kept = true;
	p->kept++;
	return true;
}

void
pool_note_stray(struct pool *p, struct origin *o, long long now_ms)
{
	struct known *k = known_of(o);

	k->proven = false;
	k->stray_until_ms = now_ms + POOL_STRAY_MS;
	while (k->oldest != NULL)
		drop(p, k->oldest);
}

long long
pool_expire(struct pool *p, long long now_ms)
{
	while (p->oldest != NULL &&
	    now_ms >= p->oldest->idle_since_ms + POOL_IDLE_MS)
		drop(p, p->oldest);
	return p->oldest == NULL ? -1 : p->oldest->idle_since_ms + POOL_IDLE_MS;
}

void
pool_drop_all(struct pool *p)
{
	while (p->oldest != NULL)
		drop(p, p->oldest);
}

size_t
pool_kept(const struct pool *p)
{
	return p->kept;
}
