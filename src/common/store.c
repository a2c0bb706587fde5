/* store.c - registrations into the database, as many at once as wait. */
#include "common/store.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"

#define SENDS_MAX 3		/* of one request, when connections break */
#define BACKOFF_FIRST_MS 50
#define BACKOFF_MAX_MS 1000

enum stage {
	WAITING,		/* in the queue */
	TAKEN,			/* in the committer's batch */
	DONE			/* the reply is there */
};

/* A copy of the request, so that its caller may leave before it is done. */
struct ticket {
	struct ticket *next, *previous;
	struct database_request request;
	struct sealed sealed;
	struct database_reply reply;
	uint64_t url_hash;
	enum stage stage;
	bool abandoned;		/* nobody waits: the committer frees it */
	unsigned sends;
	pthread_cond_t done;
	const char *events[DATABASE_EVENTS_MAX];
	char text[];		/* url, canonical, event names */
};

struct list {
	struct ticket *first, *last;
};

struct store {
	struct database *database;
	pthread_t committer;
	pthread_mutex_t lock;		/* guards all below, and stages */
	pthread_cond_t wake;		/* the committer has reason to look */
	struct list queue;
	struct list answering;		/* registered, answer not yet gone */
	size_t unanswered, unanswered_max;
	bool stopping;
	unsigned backoff_ms;		/* the committer's own */
};

static void
list_append(struct list *l, struct ticket *t)
{
	t->next = NULL;
	t->previous = l->last;
	if (l->last != NULL)
		l->last->next = t;
	else
		l->first = t;
	l->last = t;
}

static void
list_prepend(struct list *l, struct ticket *t)
{
	t->previous = NULL;
	t->next = l->first;
	if (l->first != NULL)
		l->first->previous = t;
	else
		l->last = t;
	l->first = t;
}

static void
list_remove(struct list *l, struct ticket *t)
{
	if (t->previous != NULL)
		t->previous->next = t->next;
	else
		l->first = t->next;
	if (t->next != NULL)
		t->next->previous = t->previous;
	else
		l->last = t->previous;
}

static uint64_t
fnv1a(const char *text)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3u;
	return h;
}

static struct timespec
after_ms(unsigned ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

static void
cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

static const char *
copy_text(char **to, const char *text)
{
	size_t size = strlen(text) + 1;
	char *at = memcpy(*to, text, size);

	*to += size;
	return at;
}

static size_t
text_size(const struct database_request *r)
{
	size_t size;

	if (r->url == NULL)
		return 0;
	size = strlen(r->url) + 1 + strlen(r->canonical) + 1;
	for (size_t i = 0; i < r->event_count; i++)
		size += strlen(r->events[i]) + 1;
	return size;
}

static struct ticket *
ticket_new(const struct database_request *r)
{
	struct ticket *t = malloc(sizeof *t + text_size(r));
	char *to;

	if (t == NULL)
		return NULL;
	*t = (struct ticket){ .request = *r };
	t->request.events = t->events;
	to = t->text;
	if (r->url != NULL) {
		t->request.url = copy_text(&to, r->url);
		t->request.canonical = copy_text(&to, r->canonical);
		t->url_hash = fnv1a(r->canonical);
		t->sealed = *r->sealed;
		t->request.sealed = &t->sealed;
		for (size_t i = 0; i < r->event_count; i++)
			t->events[i] = copy_text(&to, r->events[i]);
	}
	cond_init(&t->done);
	return t;
}

static void
ticket_free(struct ticket *t)
{
	pthread_cond_destroy(&t->done);
	free(t);
}

static bool
same_url(const struct ticket *a, const struct ticket *b)
{
	return a->url_hash == b->url_hash && a->request.url != NULL &&
	    b->request.url != NULL &&
	    strcmp(a->request.canonical, b->request.canonical) == 0;
}

/* Must it wait, because its URL is in this batch or being answered? */
static bool
blocked(const struct store *s, const struct ticket *t,
    struct ticket *const *batch, size_t count)
{
	if (t->request.url == NULL)
		return false;
	for (size_t i = 0; i < count; i++)
		if (same_url(t, batch[i]))
			return true;
	for (const struct ticket *a = s->answering.first; a != NULL;
	    a = a->next)
		if (same_url(t, a))
			return true;
	return false;
}

/* Take all that may go together. Called with the lock held. */
static size_t
take(struct store *s, struct ticket **batch)
{
	struct ticket *t, *next;
	size_t count = 0;

	for (t = s->queue.first; t != NULL && count < DATABASE_BATCH_MAX;
	    t = next) {
		next = t->next;
		if (blocked(s, t, batch, count))
			continue;
		list_remove(&s->queue, t);
		t->stage = TAKEN;
		batch[count++] = t;
	}
	return count;
}

static const struct database_reply unavailable = {
	.outcome = OUTCOME_SERVICE_UNAVAILABLE,
	.retry_after = 1,
};

/* Hand over the reply, or free what nobody waits for. Lock held. */
static void
deliver(struct store *s, struct ticket *t, const struct database_reply *reply)
{
	if (t->abandoned) {
		ticket_free(t);
		return;
	}
	t->reply = *reply;
	t->stage = DONE;
	if (reply->outcome == OUTCOME_REGISTERED)
		list_append(&s->answering, t);
	pthread_cond_signal(&t->done);
}

static void
deliver_all(struct store *s, struct ticket **batch, size_t count,
    const struct database_reply *replies)
{
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < count; i++)
		deliver(s, batch[i], &replies[i]);
	pthread_mutex_unlock(&s->lock);
}

/* Back to the head of the queue, in order; too often broken: give up. */
static void
put_back(struct store *s, struct ticket **batch, size_t count)
{
	pthread_mutex_lock(&s->lock);
	while (count-- > 0) {
		struct ticket *t = batch[count];

		if (t->abandoned || t->sends >= SENDS_MAX) {
			deliver(s, t, &unavailable);
			continue;
		}
		t->stage = WAITING;
		list_prepend(&s->queue, t);
	}
	pthread_mutex_unlock(&s->lock);
}

static enum database_result
send_batch(struct store *s, struct ticket **batch, size_t count,
    struct database_reply *replies)
{
	const struct database_request *requests[DATABASE_BATCH_MAX] = { 0 };

	for (size_t i = 0; i < count; i++) {
		requests[i] = &batch[i]->request;
		batch[i]->sends++;
	}
	return database_register(s->database, requests, count, replies);
}

/* One by one, after a batch failed: each gets what is its own. */
static void
commit_singly(struct store *s, struct ticket **batch, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct database_reply reply;

		if (send_batch(s, &batch[i], 1, &reply) == DATABASE_LOST) {
			put_back(s, batch + i, count - i);
			return;
		}
		deliver_all(s, &batch[i], 1, &reply);
	}
}

static void
commit(struct store *s, struct ticket **batch, size_t count)
{
	struct database_reply replies[DATABASE_BATCH_MAX];

	switch (send_batch(s, batch, count, replies)) {
	case DATABASE_DONE:
		deliver_all(s, batch, count, replies);
		break;
	case DATABASE_FAILED:
		if (count == 1)
			deliver_all(s, batch, count, replies);
		else
			commit_singly(s, batch, count);
		break;
	case DATABASE_LOST:
		put_back(s, batch, count);
		break;
	}
}

/* Called with the lock held; a stop cuts it short. */
static void
back_off(struct store *s)
{
	struct timespec until = after_ms(s->backoff_ms);

	while (!s->stopping && pthread_cond_timedwait(&s->wake, &s->lock,
	    &until) == 0)
		continue;
	s->backoff_ms *= 2;
	if (s->backoff_ms > BACKOFF_MAX_MS)
		s->backoff_ms = BACKOFF_MAX_MS;
}

/* Nobody waits for a database that is away while the service stops. */
static void
refuse_all(struct store *s)
{
	while (s->queue.first != NULL) {
		struct ticket *t = s->queue.first;

		list_remove(&s->queue, t);
		deliver(s, t, &unavailable);
	}
}

/* Wait for work; zero when there is none and will be none. Lock held. */
static size_t
await_work(struct store *s, struct ticket **batch)
{
	size_t count;

	while ((count = take(s, batch)) == 0 &&
	    !(s->stopping && s->queue.first == NULL))
		pthread_cond_wait(&s->wake, &s->lock);
	return count;
}

static void *
committer(void *arg)
{
	struct store *s = arg;
	struct ticket *batch[DATABASE_BATCH_MAX];
	bool finished = false;

	while (!finished) {
		bool connected = database_connect(s->database);
		size_t count = 0;

		pthread_mutex_lock(&s->lock);
		if (connected) {
			s->backoff_ms = BACKOFF_FIRST_MS;
			count = await_work(s, batch);
		} else if (s->stopping) {
			refuse_all(s);
		} else {
			back_off(s);
		}
		finished = s->stopping && count == 0 &&
		    s->queue.first == NULL;
		pthread_mutex_unlock(&s->lock);
		if (count > 0)
			commit(s, batch, count);
	}
	return NULL;
}

struct store *
store_open(const char *conninfo, size_t waiting_max)
{
	struct store *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->unanswered_max = waiting_max;
	s->backoff_ms = BACKOFF_FIRST_MS;
	pthread_mutex_init(&s->lock, NULL);
	cond_init(&s->wake);
	s->database = database_open(conninfo);
	if (s->database != NULL &&
	    pthread_create(&s->committer, NULL, committer, s) == 0)
		return s;
	log_line(LOG_ERR, "no memory or no thread for the store");
	database_close(s->database);
	free(s);
	return NULL;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->committer, NULL);
	database_close(s->database);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* Its caller leaves, with the reply or without. Called with the lock held. */
static void
leave(struct store *s, struct ticket *t, struct database_reply *reply)
{
	s->unanswered--;
	switch (t->stage) {
	case WAITING:
		list_remove(&s->queue, t);
		ticket_free(t);
		break;
	case TAKEN:
		t->abandoned = true;
		break;
	case DONE:
		*reply = t->reply;
		if (reply->outcome != OUTCOME_REGISTERED)
			ticket_free(t);
		break;
	}
}

void
store_register(struct store *s, const struct database_request *request,
    struct database_reply *reply)
{
	struct timespec deadline = after_ms(STORE_DEADLINE_MS);
	struct ticket *t = ticket_new(request);

	*reply = unavailable;
	if (t == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	if (s->unanswered >= s->unanswered_max) {
		pthread_mutex_unlock(&s->lock);
		ticket_free(t);
		return;
	}
	s->unanswered++;
	list_append(&s->queue, t);
	pthread_cond_signal(&s->wake);
	while (t->stage != DONE && pthread_cond_timedwait(&t->done, &s->lock,
	    &deadline) == 0)
		continue;
	leave(s, t, reply);
	pthread_mutex_unlock(&s->lock);
}

void
store_answered(struct store *s, const unsigned char id[ID_BYTES])
{
	struct ticket *t;

	pthread_mutex_lock(&s->lock);
	for (t = s->answering.first; t != NULL; t = t->next)
		if (memcmp(t->request.id, id, ID_BYTES) == 0)
			break;
	if (t != NULL) {
		list_remove(&s->answering, t);
		if (s->queue.first != NULL)
			pthread_cond_signal(&s->wake);
		ticket_free(t);
	}
	pthread_mutex_unlock(&s->lock);
}
