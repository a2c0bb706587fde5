/* commit_queue.c - the queue between request threads and the committer. */
#include "responder/commit_queue.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

#define BUSY_FIRST_MS 20
#define BUSY_MAX_MS 250

struct commit_queue {
	const struct commit_kind *kind;
	char *all; /* all_count of kind->size bytes */
	size_t all_count;
	pthread_mutex_t lock; /* guards all below, and stages */
	pthread_cond_t wake;  /* the committer has reason to look */
	struct pending_list spare;
	struct line waiting;
	struct pending_list responding; /* done, response not yet gone */
	size_t in_use, in_use_max;      /* not abandoned */
	bool stopping;
};

static struct pending *
pending_at(struct commit_queue *q, size_t i)
{
	return (struct pending *)(q->all + i * q->kind->size);
}

static bool
make_spares(struct commit_queue *q, size_t count)
{
	q->all = calloc(count, q->kind->size);
	if (q->all == NULL)
		return false;
	q->all_count = count;
	for (size_t i = 0; i < count; i++) {
		pending_init(pending_at(q, i));
		pending_append(&q->spare, pending_at(q, i));
	}
	return true;
}

struct commit_queue *
commit_queue_open(const struct commit_kind *kind, size_t waiting_max)
{
	struct commit_queue *q = calloc(1, sizeof *q);

	if (q == NULL)
		return NULL;
	q->kind = kind;
	q->in_use_max = waiting_max;
	pthread_mutex_init(&q->lock, NULL);
	clock_cond_init(&q->wake);
	/* beside those that wait, a batch of abandoned ones */
	if (make_spares(q, waiting_max + kind->batch_max))
		return q;
	commit_queue_close(q);
	return NULL;
}

void
commit_queue_close(struct commit_queue *q)
{
	if (q == NULL)
		return;
	for (size_t i = 0; i < q->all_count; i++) {
		pending_destroy(pending_at(q, i));
		q->kind->destroy(pending_at(q, i));
	}
	free(q->all);
	pthread_cond_destroy(&q->wake);
	pthread_mutex_destroy(&q->lock);
	free(q);
}

struct pending *
commit_queue_borrow(struct commit_queue *q)
{
	struct pending *p = NULL;

	pthread_mutex_lock(&q->lock);
	if (q->in_use < q->in_use_max && q->spare.first != NULL) {
		p = q->spare.first;
		pending_remove(&q->spare, p);
		q->in_use++;
	}
	pthread_mutex_unlock(&q->lock);
	return p;
}

/* Called with the lock held, as the two below. */
static bool
in_conflict(const struct commit_queue *q, const struct pending *a,
    const struct pending *b)
{
	return q->kind->conflict != NULL && q->kind->conflict(a, b);
}

static void
make_spare(struct commit_queue *q, struct pending *p)
{
	if (q->kind->clear != NULL)
		q->kind->clear(p);
	pending_prepend(&q->spare, p);
}

static void
return_spare(struct commit_queue *q, struct pending *p)
{
	q->in_use--;
	make_spare(q, p);
}

bool
commit_queue_join(struct commit_queue *q, struct pending *p)
{
	size_t same = 0;
	bool fits;

	pthread_mutex_lock(&q->lock);
	if (q->kind->conflict != NULL)
		for (struct place *o = q->waiting.first; o != NULL; o = o->next)
			if (q->kind->conflict(p, (struct pending *)o))
				same++;
	fits = same == 0 || same < q->in_use_max / 2;
	if (fits)
		line_join(&q->waiting, &p->place);
	pthread_mutex_unlock(&q->lock);
	pthread_cond_signal(&q->wake);
	return fits;
}

bool
commit_queue_abandon(struct commit_queue *q, struct pending *p)
{
	bool abandoned = true;

	pthread_mutex_lock(&q->lock);
	switch (p->stage) {
	case PENDING_WAITING:
		line_leave(&q->waiting, &p->place);
		return_spare(q, p);
		break;
	case PENDING_TAKEN:
		p->abandoned = true;
		q->in_use--;
		break;
	case PENDING_DONE:
		abandoned = false;
		break;
	}
	pthread_mutex_unlock(&q->lock);
	return abandoned;
}

void
commit_queue_release(struct commit_queue *q, struct pending *p)
{
	pthread_mutex_lock(&q->lock);
	return_spare(q, p);
	pthread_mutex_unlock(&q->lock);
}

/* Called with the lock held. */
static struct pending *
find_responding(struct commit_queue *q, const unsigned char id[ID_BYTES])
{
	struct pending *p = q->responding.first;

	while (p != NULL && memcmp(p->id, id, ID_BYTES) != 0)
		p = p->next;
	return p;
}

bool
commit_queue_is_contended(struct commit_queue *q,
    const unsigned char id[ID_BYTES])
{
	const struct pending *p;
	const struct place *other = NULL;

	pthread_mutex_lock(&q->lock);
	p = find_responding(q, id);
	if (p != NULL)
		other = q->waiting.first;
	while (
	    other != NULL && !in_conflict(q, p, (const struct pending *)other))
		other = other->next;
	pthread_mutex_unlock(&q->lock);
	return other != NULL;
}

void
commit_queue_response_sent(struct commit_queue *q,
    const unsigned char id[ID_BYTES])
{
	struct pending *p;
	bool others;

	pthread_mutex_lock(&q->lock);
	p = find_responding(q, id);
	if (p != NULL) {
		pending_remove(&q->responding, p);
		return_spare(q, p);
	}
	others = q->waiting.first != NULL;
	pthread_mutex_unlock(&q->lock);
	if (others)
		pthread_cond_signal(&q->wake);
}

/* Must it wait for one of the batch, or whose response is not yet sent? */
static bool
is_blocked(const struct commit_queue *q, const struct pending *p,
    struct pending *const *batch, size_t count)
{
	if (q->kind->conflict == NULL)
		return false;
	for (size_t i = 0; i < count; i++)
		if (q->kind->conflict(p, batch[i]))
			return true;
	for (struct pending *o = q->responding.first; o != NULL; o = o->next)
		if (q->kind->conflict(p, o))
			return true;
	return false;
}

/* Is it due? Else *again is, at the latest, when. */
static bool
is_due(const struct commit_queue *q, const struct pending *p, long long now,
    long long *again)
{
	if (p->not_before <= now || q->stopping)
		return true;
	if (*again == 0 || p->not_before < *again)
		*again = p->not_before;
	return false;
}

/*
 * *again: when the first of those that were put off is due; 0: none was.
 * Called with the lock held.
 */
static size_t
take_unblocked(struct commit_queue *q, struct pending **batch, long long *again)
{
	long long now = clock_now_ms();
	struct place *next;
	size_t count = 0, bytes = 0;

	*again = 0;
	for (struct place *at = q->waiting.first;
	     at != NULL && count < q->kind->batch_max; at = next) {
		struct pending *p = (struct pending *)at;

		next = at->next;
		if (!is_due(q, p, now, again) || is_blocked(q, p, batch, count))
			continue;
		bytes += p->bytes;
		if (count > 0 && q->kind->bytes_max > 0 &&
		    bytes > q->kind->bytes_max)
			break; /* and not one behind it, however small */
		line_leave(&q->waiting, at);
		p->stage = PENDING_TAKEN;
		batch[count++] = p;
	}
	return count;
}

/* Wait to be woken, or until then; 0: until woken. With the lock held. */
static void
await_wake(struct commit_queue *q, long long until)
{
	long long ms = until - clock_now_ms();
	struct timespec deadline;

	if (until == 0) {
		pthread_cond_wait(&q->wake, &q->lock);
	} else if (ms > 0) {
		deadline = clock_deadline((unsigned)ms);
		pthread_cond_timedwait(&q->wake, &q->lock, &deadline);
	}
}

size_t
commit_queue_take(struct commit_queue *q, struct pending **batch)
{
	long long again;
	size_t count;

	pthread_mutex_lock(&q->lock);
	while ((count = take_unblocked(q, batch, &again)) == 0 &&
	    !(q->stopping && q->waiting.first == NULL))
		await_wake(q, again);
	pthread_mutex_unlock(&q->lock);
	return count;
}

/* True: its caller waits for it. Called with the lock held. */
static bool
finish(struct commit_queue *q, struct pending *p)
{
	if (p->abandoned) {
		make_spare(q, p);
		return false;
	}
	p->stage = PENDING_DONE;
	if (p->stays)
		pending_append(&q->responding, p);
	return true;
}

void
commit_queue_reply(struct commit_queue *q, struct pending **batch, size_t count)
{
	bool waits[COMMIT_BATCH_MAX];

	pthread_mutex_lock(&q->lock);
	for (size_t i = 0; i < count; i++)
		waits[i] = finish(q, batch[i]);
	pthread_mutex_unlock(&q->lock);
	for (size_t i = 0; i < count; i++)
		if (waits[i])
			pending_wake(batch[i]);
}

/* Called with the lock held. */
static void
put_back(struct commit_queue *q, struct pending *p)
{
	if (p->abandoned) {
		make_spare(q, p);
		return;
	}
	p->stage = PENDING_WAITING;
	line_rejoin(&q->waiting, &p->place);
}

void
commit_queue_put_back(struct commit_queue *q, struct pending **batch,
    size_t count)
{
	pthread_mutex_lock(&q->lock);
	while (count-- > 0)
		put_back(q, batch[count]);
	pthread_mutex_unlock(&q->lock);
}

void
commit_queue_put_off(struct commit_queue *q, struct pending **batch,
    size_t count)
{
	long long now = clock_now_ms();

	pthread_mutex_lock(&q->lock);
	while (count-- > 0) {
		struct pending *p = batch[count];

		p->busy_ms = p->busy_ms == 0 ? BUSY_FIRST_MS : 2 * p->busy_ms;
		if (p->busy_ms > BUSY_MAX_MS)
			p->busy_ms = BUSY_MAX_MS;
		p->not_before = now + p->busy_ms;
		put_back(q, p);
	}
	pthread_mutex_unlock(&q->lock);
}

bool
commit_queue_drop_abandoned(struct commit_queue *q, struct pending *p)
{
	bool abandoned;

	pthread_mutex_lock(&q->lock);
	abandoned = p->abandoned;
	if (abandoned)
		make_spare(q, p);
	pthread_mutex_unlock(&q->lock);
	return abandoned;
}

void
commit_queue_pause(struct commit_queue *q, unsigned ms)
{
	struct timespec until = clock_deadline(ms);

	pthread_mutex_lock(&q->lock);
	while (!q->stopping &&
	    pthread_cond_timedwait(&q->wake, &q->lock, &until) == 0)
		continue;
	pthread_mutex_unlock(&q->lock);
}

void
commit_queue_stop(struct commit_queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->stopping = true;
	pthread_cond_signal(&q->wake);
	pthread_mutex_unlock(&q->lock);
}

bool
commit_queue_is_stopping(struct commit_queue *q)
{
	bool stopping;

	pthread_mutex_lock(&q->lock);
	stopping = q->stopping;
	pthread_mutex_unlock(&q->lock);
	return stopping;
}
