/* group_commit.c - registrations into the database, as many at once as wait. */
#include "responder/group_commit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "responder/pending.h"

#define SENDS_MAX 3 /* of one request, when connections break */
#define BUSY_MS 20
#define BACKOFF_FIRST_MS 50
#define BACKOFF_MAX_MS 1000

struct group_commit {
	struct register_db *database;
	pthread_t committer;
	struct pending *tickets;
	size_t ticket_count;
	pthread_mutex_t lock; /* guards all below, and stages */
	pthread_cond_t wake;  /* the committer has reason to look */
	struct pending_list spare;
	struct pending_list queue;
	struct pending_list answering; /* registered, answer not yet gone */
	size_t unanswered, unanswered_max;
	bool stopping;
	unsigned backoff_ms; /* the committer's own */
};

/* A ticket for one more request; NULL when there are enough. */
static struct pending *
borrow(struct group_commit *s)
{
	struct pending *t = NULL;

	pthread_mutex_lock(&s->lock);
	if (s->unanswered < s->unanswered_max && s->spare.first != NULL) {
		t = s->spare.first;
		pending_remove(&s->spare, t);
		s->unanswered++;
	}
	pthread_mutex_unlock(&s->lock);
	return t;
}

/* Its caller has what there was for it. Called with the lock held. */
static void
give_back(struct group_commit *s, struct pending *t)
{
	s->unanswered--;
	pending_prepend(&s->spare, t);
}

/* Must it wait, because its URL is in this batch or being answered? */
static bool
blocked(const struct group_commit *s, const struct pending *t,
    struct pending *const *batch, size_t count)
{
	if (t->request.url == NULL)
		return false;
	for (size_t i = 0; i < count; i++)
		if (pending_same_url(t, batch[i]))
			return true;
	for (struct pending *a = s->answering.first; a != NULL; a = a->next)
		if (pending_same_url(t, a))
			return true;
	return false;
}

/* Take all that may go together. Called with the lock held. */
static size_t
take(struct group_commit *s, struct pending **batch)
{
	struct pending *t, *next;
	size_t count = 0;

	for (t = s->queue.first; t != NULL && count < REGISTER_DB_BATCH_MAX;
	     t = next) {
		next = t->next;
		if (blocked(s, t, batch, count))
			continue;
		pending_remove(&s->queue, t);
		t->stage = PENDING_TAKEN;
		batch[count++] = t;
	}
	return count;
}

static const struct register_db_reply unavailable = {
	.outcome = OUTCOME_SERVICE_UNAVAILABLE,
	.retry_after = 1,
};

/* Set the reply, if anybody waits for it. Called with the lock held. */
static void
settle(struct group_commit *s, struct pending *t,
    const struct register_db_reply *reply)
{
	if (t->abandoned) {
		pending_prepend(&s->spare, t);
		return;
	}
	t->reply = *reply;
	t->stage = PENDING_DONE;
	if (reply->outcome == OUTCOME_REGISTERED)
		pending_append(&s->answering, t);
}

static void
deliver(struct group_commit *s, struct pending **batch, size_t count,
    const struct register_db_reply *replies)
{
	bool waits[REGISTER_DB_BATCH_MAX];
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < count; i++) {
		waits[i] = !batch[i]->abandoned;
		settle(s, batch[i], &replies[i]);
	}
	pthread_mutex_unlock(&s->lock);
	for (size_t i = 0; i < count; i++)
		if (waits[i])
			pending_wake(batch[i]);
}

static void
deliver_one(struct group_commit *s, struct pending *t,
    const struct register_db_reply *reply)
{
	deliver(s, &t, 1, reply);
}

/* Back to the head of the queue. Called with the lock held. */
static void
queue_again(struct group_commit *s, struct pending *t)
{
	if (t->abandoned) {
		pending_prepend(&s->spare, t);
		return;
	}
	t->stage = PENDING_WAITING;
	pending_prepend(&s->queue, t);
}

/* Those whose connection broke, in order; too often broken: give up. */
static void
put_back(struct group_commit *s, struct pending **batch, size_t count)
{
	while (count-- > 0) {
		struct pending *t = batch[count];

		if (t->sends >= SENDS_MAX) {
			deliver_one(s, t, &unavailable);
			continue;
		}
		pthread_mutex_lock(&s->lock);
		queue_again(s, t);
		pthread_mutex_unlock(&s->lock);
	}
}

/* Let others at what is busy. Called with the lock held. */
static void
pause_for_busy(struct group_commit *s)
{
	struct timespec until = pending_deadline(BUSY_MS);

	while (pthread_cond_timedwait(&s->wake, &s->lock, &until) == 0)
		continue;
}

/* What is busy goes back to the queue, in order; the others have a reply. */
static void
conclude(struct group_commit *s, struct pending **batch, size_t count,
    struct register_db_reply *replies)
{
	size_t done = 0, busy = 0;
	struct pending *again[REGISTER_DB_BATCH_MAX];
	for (size_t i = 0; i < count; i++) {
		if (replies[i].busy) {
			again[busy++] = batch[i];
			continue;
		}
		batch[done] = batch[i];
		replies[done++] = replies[i];
	}
	deliver(s, batch, done, replies);
	if (busy == 0)
		return;
	pthread_mutex_lock(&s->lock);
	for (size_t i = busy; i-- > 0;) {
		again[i]->sends = 0;
		queue_again(s, again[i]);
	}
	if (done == 0)
		pause_for_busy(s);
	pthread_mutex_unlock(&s->lock);
}

static enum register_db_result
send_batch(struct group_commit *s, struct pending **batch, size_t count,
    struct register_db_reply *replies)
{
	const struct register_db_request *requests[REGISTER_DB_BATCH_MAX] = {
		0
	};

	for (size_t i = 0; i < count; i++) {
		requests[i] = &batch[i]->request;
		batch[i]->sends++;
	}
	return register_db_register(s->database, requests, count, replies);
}

/* Has its caller left? Then it need not be written, and is given back. */
static bool
dropped(struct group_commit *s, struct pending *t)
{
	bool abandoned;

	pthread_mutex_lock(&s->lock);
	abandoned = t->abandoned;
	if (abandoned)
		pending_prepend(&s->spare, t);
	pthread_mutex_unlock(&s->lock);
	return abandoned;
}

/* One by one, after a batch failed: each gets what is its own. */
static void
commit_singly(struct group_commit *s, struct pending **batch, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct register_db_reply reply;

		if (dropped(s, batch[i]))
			continue;
		if (send_batch(s, &batch[i], 1, &reply) == REGISTER_DB_LOST) {
			put_back(s, batch + i, count - i);
			return;
		}
		conclude(s, &batch[i], 1, &reply);
	}
}

static void
commit(struct group_commit *s, struct pending **batch, size_t count)
{
	struct register_db_reply replies[REGISTER_DB_BATCH_MAX];
	enum register_db_result result = send_batch(s, batch, count, replies);

	if (result == REGISTER_DB_LOST)
		put_back(s, batch, count);
	else if (result == REGISTER_DB_FAILED && count > 1)
		commit_singly(s, batch, count);
	else
		conclude(s, batch, count, replies);
}

/* Called with the lock held; a stop cuts it short. */
static void
back_off(struct group_commit *s)
{
	struct timespec until = pending_deadline(s->backoff_ms);

	while (!s->stopping &&
	    pthread_cond_timedwait(&s->wake, &s->lock, &until) == 0)
		continue;
	s->backoff_ms *= 2;
	if (s->backoff_ms > BACKOFF_MAX_MS)
		s->backoff_ms = BACKOFF_MAX_MS;
}

/* Wait for work; zero when there is none and will be none. */
static size_t
await_work(struct group_commit *s, struct pending **batch)
{
	size_t count;

	pthread_mutex_lock(&s->lock);
	while ((count = take(s, batch)) == 0 &&
	    !(s->stopping && s->queue.first == NULL))
		pthread_cond_wait(&s->wake, &s->lock);
	pthread_mutex_unlock(&s->lock);
	return count;
}

/* No database: try again soon; nobody waits for it while the service stops. */
static void
hold(struct group_commit *s, struct pending **batch, size_t count)
{
	bool stopping;

	pthread_mutex_lock(&s->lock);
	stopping = s->stopping;
	pthread_mutex_unlock(&s->lock);
	if (stopping) {
		for (size_t i = 0; i < count; i++)
			deliver_one(s, batch[i], &unavailable);
		return;
	}
	put_back(s, batch, count);
	pthread_mutex_lock(&s->lock);
	back_off(s);
	pthread_mutex_unlock(&s->lock);
}

static void *
committer(void *arg)
{
	struct group_commit *s = arg;
	struct pending *batch[REGISTER_DB_BATCH_MAX];
	size_t count;

	while ((count = await_work(s, batch)) > 0) {
		if (!register_db_connect(s->database)) {
			hold(s, batch, count);
			continue;
		}
		s->backoff_ms = BACKOFF_FIRST_MS;
		commit(s, batch, count);
	}
	return NULL;
}

static bool
make_tickets(struct group_commit *s, size_t count)
{
	s->tickets = calloc(count, sizeof *s->tickets);
	if (s->tickets == NULL)
		return false;
	s->ticket_count = count;
	for (size_t i = 0; i < count; i++) {
		pending_init(&s->tickets[i]);
		pending_append(&s->spare, &s->tickets[i]);
	}
	return true;
}

static void
destroy(struct group_commit *s)
{
	for (size_t i = 0; i < s->ticket_count; i++)
		pending_destroy(&s->tickets[i]);
	free(s->tickets);
	register_db_close(s->database);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

struct group_commit *
group_commit_open(const char *conninfo, size_t waiting_max)
{
	struct group_commit *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->unanswered_max = waiting_max;
	s->backoff_ms = BACKOFF_FIRST_MS;
	pthread_mutex_init(&s->lock, NULL);
	pending_cond_init(&s->wake);
	s->database = register_db_open(conninfo, waiting_max == 1);
	/* beside those that wait, a batch of those that have left */
	if (s->database != NULL &&
	    make_tickets(s, waiting_max + REGISTER_DB_BATCH_MAX) &&
	    pthread_create(&s->committer, NULL, committer, s) == 0)
		return s;
	log_line(LOG_ERR, "no memory or no thread for the store");
	destroy(s);
	return NULL;
}

void
group_commit_close(struct group_commit *s)
{
	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->committer, NULL);
	destroy(s);
}

/* The deadline has passed: leave, unless the reply is on its way. */
static bool
leave(struct group_commit *s, struct pending *t)
{
	bool left = true;

	pthread_mutex_lock(&s->lock);
	switch (t->stage) {
	case PENDING_WAITING:
		pending_remove(&s->queue, t);
		give_back(s, t);
		break;
	case PENDING_TAKEN:
		t->abandoned = true;
		s->unanswered--;
		break;
	case PENDING_DONE:
		left = false;
		break;
	}
	pthread_mutex_unlock(&s->lock);
	return left;
}

/* Of one URL half of all tickets may wait, so that others have the rest. */
static bool
enqueue(struct group_commit *s, struct pending *t)
{
	size_t same = 0;
	bool room;

	pthread_mutex_lock(&s->lock);
	for (const struct pending *o = s->queue.first; o != NULL; o = o->next)
		if (t->request.url != NULL && o->request.url != NULL &&
		    o->url_hash == t->url_hash)
			same++;
	room = same == 0 || same < s->unanswered_max / 2;
	if (room)
		pending_append(&s->queue, t);
	pthread_mutex_unlock(&s->lock);
	pthread_cond_signal(&s->wake);
	return room;
}

void
group_commit_register(struct group_commit *s,
    const struct register_db_request *request, struct register_db_reply *reply)
{
	struct timespec deadline = pending_deadline(GROUP_COMMIT_DEADLINE_MS);
	struct pending *t = borrow(s);

	*reply = unavailable;
	if (t == NULL)
		return;
	if (pending_fill(t, request) && enqueue(s, t)) {
		if (!pending_await(t, &deadline)) {
			if (leave(s, t))
				return;
			pending_await(t, NULL);
		}
		*reply = t->reply;
	}
	if (reply->outcome == OUTCOME_REGISTERED)
		return; /* group_commit_response_sent gives it back */
	pthread_mutex_lock(&s->lock);
	give_back(s, t);
	pthread_mutex_unlock(&s->lock);
}

/* Called with the lock held. */
static struct pending *
find_answering(struct group_commit *s, const unsigned char id[ID_BYTES])
{
	struct pending *t = s->answering.first;

	while (t != NULL && memcmp(t->request.id, id, ID_BYTES) != 0)
		t = t->next;
	return t;
}

bool
group_commit_is_contended(struct group_commit *s,
    const unsigned char id[ID_BYTES])
{
	const struct pending *t, *other = NULL;

	pthread_mutex_lock(&s->lock);
	t = find_answering(s, id);
	if (t != NULL)
		other = s->queue.first;
	while (other != NULL && !pending_same_url(t, other))
		other = other->next;
	pthread_mutex_unlock(&s->lock);
	return other != NULL;
}

void
group_commit_response_sent(struct group_commit *s,
    const unsigned char id[ID_BYTES])
{
	struct pending *t;
	bool waiting;

	pthread_mutex_lock(&s->lock);
	t = find_answering(s, id);
	if (t != NULL) {
		pending_remove(&s->answering, t);
		give_back(s, t);
	}
	waiting = s->queue.first != NULL;
	pthread_mutex_unlock(&s->lock);
	if (waiting)
		pthread_cond_signal(&s->wake);
}
