/* tls_sessions.c - TLS sessions to resume, by host and port; plain bytes. */
#include "http/tls_sessions.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "http/keyed_hash.h"

struct entry {
	struct tls_session session; /* first: a pointer to it is one to us */
	struct entry *next;         /* in its bucket, the newest first */
	struct entry *older, *newer;
	size_t bucket;
	size_t size; /* of all of it, in bytes */
	unsigned port;
	char host[]; /* and behind its NUL, the session's bytes */
};

struct tls_sessions {
	struct entry **buckets;
	size_t bucket_count; /* a power of two */
	struct entry *oldest, *newest;
	size_t count, max;
	size_t bytes;
	struct keyed_hash hash;
};

static size_t
find_bucket(const struct tls_sessions *s, const char *host, unsigned port)
{
	uint64_t number = keyed_hash(&s->hash, host, strlen(host));

	return (size_t)(number + port) & (s->bucket_count - 1);
}

static bool
is_for(const struct entry *e, const char *host, unsigned port)
{
	return e->port == port && strcmp(e->host, host) == 0;
}

static void
unlink_age(struct tls_sessions *s, struct entry *e)
{
	*(e->older != NULL ? &e->older->newer : &s->oldest) = e->newer;
	*(e->newer != NULL ? &e->newer->older : &s->newest) = e->older;
}

static void
link_newest(struct tls_sessions *s, struct entry *e)
{
	e->older = s->newest;
	e->newer = NULL;
	*(s->newest != NULL ? &s->newest->newer : &s->oldest) = e;
	s->newest = e;
}

static void
drop_entry(struct tls_sessions *s, struct entry *e)
{
	struct entry **at = &s->buckets[e->bucket];

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	unlink_age(s, e);
	s->count--;
	s->bytes -= e->size;
	sodium_memzero(e, e->size);
	free(e);
}

/* Of one host and port, all but the newest so many. */
static void
trim_host(struct tls_sessions *s, const char *host, unsigned port, size_t keep)
{
	struct entry *e = s->buckets[find_bucket(s, host, port)], *next;

	for (size_t n = 0; e != NULL; e = next) {
		next = e->next;
		if (is_for(e, host, port) && n++ >= keep)
			drop_entry(s, e);
	}
}

static struct entry *
make_entry(const char *host, unsigned port, const struct tls_session *session)
{
	size_t name = strlen(host) + 1;
	size_t size = sizeof(struct entry) + name + session->length;
	struct entry *e = malloc(size);

	if (e == NULL)
		return NULL;
	e->session = *session;
	e->session.bytes = (unsigned char *)e->host + name;
	e->size = size;
	e->port = port;
	memcpy(e->host, host, name);
	memcpy(e->host + name, session->bytes, session->length);
	return e;
}

struct tls_sessions *
tls_sessions_open(size_t max)
{
	struct tls_sessions *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->max = max;
	s->bucket_count = 1;
	while (s->bucket_count < max)
		s->bucket_count *= 2;
	s->buckets = calloc(s->bucket_count, sizeof *s->buckets);
	if (s->buckets == NULL) {
		free(s);
		return NULL;
	}
	keyed_hash_init(&s->hash);
	return s;
}

void
tls_sessions_close(struct tls_sessions *s)
{
	if (s == NULL)
		return;
	tls_sessions_clear(s);
	free(s->buckets);
	free(s);
}

void
tls_sessions_keep(struct tls_sessions *s, const char *host, unsigned port,
    const struct tls_session *session)
{
	struct entry *e;

	if (s->max == 0 || session->length > TLS_SESSION_BYTES_MAX)
		return;
	e = make_entry(host, port, session);
	if (e == NULL)
		return;
	trim_host(s, host, port, session->once ? TLS_SESSIONS_EACH - 1 : 0);
	e->bucket = find_bucket(s, host, port);
	e->next = s->buckets[e->bucket];
	s->buckets[e->bucket] = e;
	link_newest(s, e);
	s->count++;
	s->bytes += e->size;
	while (s->count > s->max || s->bytes > s->max * TLS_SESSIONS_BYTES)
		drop_entry(s, s->oldest);
}

struct tls_session *
tls_sessions_find(struct tls_sessions *s, const char *host, unsigned port,
    long long now_ms)
{
	struct entry *e = s->buckets[find_bucket(s, host, port)], *next;

	for (; e != NULL; e = next) {
		next = e->next;
		if (!is_for(e, host, port))
			continue;
		if (e->session.until_ms > now_ms) {
			unlink_age(s, e);
			link_newest(s, e);
			return &e->session;
		}
		drop_entry(s, e);
	}
	return NULL;
}

void
tls_sessions_remove(struct tls_sessions *s, struct tls_session *session)
{
	drop_entry(s, (struct entry *)session);
}

void
tls_sessions_forget(struct tls_sessions *s, const char *host, unsigned port)
{
	trim_host(s, host, port, 0);
}

void
tls_sessions_clear(struct tls_sessions *s)
{
	while (s->oldest != NULL)
		drop_entry(s, s->oldest);
}

size_t
tls_sessions_count(const struct tls_sessions *s)
{
	return s->count;
}
