/* store.c - registrations into the database, as many at once as wait. */
#include "common/store.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/ticket.h"

#define SENDS_MAX 3		/* of one request, when connections break */
#define BUSY_MS 20
#define BACKOFF_FIRST_MS 50
#define BACKOFF_MAX_MS 1000

struct store {
	struct database *database;
	pthread_t committer;
	struct ticket *tickets;
	size_t ticket_count;
	pthread_mutex_t lock;		/* guards all below, and stages */
	pthread_cond_t wake;		/* the committer has reason to look */
	struct ticket_list spare;
	struct ticket_list queue;
	struct ticket_list answering;	/* registered, answer not yet gone */
	size_t unanswered, unanswered_max;
	bool stopping;
	unsigned backoff_ms;		/* the committer's own */
};

/* A ticket for one more request; NULL when there are enough. */
static struct ticket *
borrow(struct store *s)
{
	struct ticket *t = NULL;

	pthread_mutex_lock(&s->lock);
	if (s->unanswered < s->unanswered_max && s->spare.first != NULL) {
		t = s->spare.first;
		ticket_remove(&s->spare, t);
		s->unanswered++;
	}
	pthread_mutex_unlock(&s->lock);
	return t;
}

/* Its caller has what there was for it. Called with the lock held. */
static void
give_back(struct store *s, struct ticket *t)
{
	s->unanswered--;
	ticket_prepend(&s->spare, t);
}

/* Must it wait, because its URL is in this batch or being answered? */
static bool
blocked(const struct store *s, const struct ticket *t,
    struct ticket *const *batch, size_t count)
{
	if (t->request.url == NULL)
		return false;
	for (size_t i = 0; i < count; i++)
		if (ticket_same_url(t, batch[i]))
			return true;
	for (const struct ticket *a = s->answering.first; a != NULL;
	    a = a->next)
		if (ticket_same_url(t, a))
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
		ticket_remove(&s->queue, t);
		t->stage = TICKET_TAKEN;
		batch[count++] = t;
	}
	return count;
}

static const struct database_reply unavailable = {
	.outcome = OUTCOME_SERVICE_UNAVAILABLE,
	.retry_after = 1,
};

/* Set the reply, if anybody waits for it. Called with the lock held. */
static void
settle(struct store *s, struct ticket *t, const struct database_reply *reply)
{
	if (t->abandoned) {
		ticket_prepend(&s->spare, t);
		return;
	}
	t->reply = *reply;
	t->stage = TICKET_DONE;
	if (reply->outcome == OUTCOME_REGISTERED)
		ticket_append(&s->answering, t);
}

static void
deliver(struct store *s, struct ticket **batch, size_t count,
    const struct database_reply *replies)
{
	bool waits[DATABASE_BATCH_MAX];

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < count; i++) {
		waits[i] = !batch[i]->abandoned;
		settle(s, batch[i], &replies[i]);
	}
	pthread_mutex_unlock(&s->lock);
	for (size_t i = 0; i < count; i++)
		if (waits[i])
			ticket_wake(batch[i]);
}

static void
deliver_one(struct store *s, struct ticket *t,
    const struct database_reply *reply)
{
	deliver(s, &t, 1, reply);
}

/* Back to the head of the queue. Called with the lock held. */
static void
queue_again(struct store *s, struct ticket *t)
{
	if (t->abandoned) {
		ticket_prepend(&s->spare, t);
		return;
	}
	t->stage = TICKET_WAITING;
	ticket_prepend(&s->queue, t);
}

/* Those whose connection broke, in order; too often broken: give up. */
static void
put_back(struct store *s, struct ticket **batch, size_t count)
{
	while (count-- > 0) {
		struct ticket *t = batch[count];

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
pause_for_busy(struct store *s)
{
	struct timespec until = ticket_deadline(BUSY_MS);

	while (pthread_cond_timedwait(&s->wake, &s->lock, &until) == 0)
		continue;
}

/* What is busy goes back to the queue, in order; the others have a reply. */
static void
conclude(struct store *s, struct ticket **batch, size_t count,
    struct database_reply *replies)
{
	size_t done = 0, busy = 0;
	struct ticket *again[DATABASE_BATCH_MAX];

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

/* Has its caller left? Then it need not be written, and is given back. */
static bool
dropped(struct store *s, struct ticket *t)
{
	bool abandoned;

	pthread_mutex_lock(&s->lock);
	abandoned = t->abandoned;
	if (abandoned)
		ticket_prepend(&s->spare, t);
	pthread_mutex_unlock(&s->lock);
	return abandoned;
}

/* One by one, after a batch failed: each gets what is its own. */
static void
commit_singly(struct store *s, struct ticket **batch, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct database_reply reply;

		if (dropped(s, batch[i]))
			continue;
		if (send_batch(s, &batch[i], 1, &reply) == DATABASE_LOST) {
			put_back(s, batch + i, count - i);
			return;
		}
		conclude(s, &batch[i], 1, &reply);
	}
}

static void
commit(struct store *s, struct ticket **batch, size_t count)
{
	struct database_reply replies[DATABASE_BATCH_MAX];
	enum database_result result = send_batch(s, batch, count, replies);

	if (result == DATABASE_LOST)
		put_back(s, batch, count);
	else if (result == DATABASE_FAILED && count > 1)
		commit_singly(s, batch, count);
	else
		conclude(s, batch, count, replies);
}

/* Called with the lock held; a stop cuts it short. */
static void
back_off(struct store *s)
{
	struct timespec until = ticket_deadline(s->backoff_ms);

	while (!s->stopping && pthread_cond_timedwait(&s->wake, &s->lock,
	    &until) == 0)
		continue;
	s->backoff_ms *= 2;
	if (s->backoff_ms > BACKOFF_MAX_MS)
		s->backoff_ms = BACKOFF_MAX_MS;
}

/* Wait for work; zero when there is none and will be none. */
static size_t
await_work(struct store *s, struct ticket **batch)
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
hold(struct store *s, struct ticket **batch, size_t count)
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
	struct store *s = arg;
	struct ticket *batch[DATABASE_BATCH_MAX];
	size_t count;

	while ((count = await_work(s, batch)) > 0) {
		if (!database_connect(s->database)) {
			hold(s, batch, count);
			continue;
		}
		s->backoff_ms = BACKOFF_FIRST_MS;
		commit(s, batch, count);
	}
	return NULL;
}

static bool
make_tickets(struct store *s, size_t count)
{
	s->tickets = calloc(count, sizeof *s->tickets);
	if (s->tickets == NULL)
		return false;
	s->ticket_count = count;
	for (size_t i = 0; i < count; i++) {
		ticket_init(&s->tickets[i]);
		ticket_append(&s->spare, &s->tickets[i]);
	}
	return true;
}

static void
destroy(struct store *s)
{
	for (size_t i = 0; i < s->ticket_count; i++)
		ticket_destroy(&s->tickets[i]);
	free(s->tickets);
	database_close(s->database);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->lock);
	free(s);
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
	ticket_cond_init(&s->wake);
	s->database = database_open(conninfo, waiting_max == 1);
	/* beside those that wait, a batch of those that have left */
	if (s->database != NULL &&
	    make_tickets(s, waiting_max + DATABASE_BATCH_MAX) &&
	    pthread_create(&s->committer, NULL, committer, s) == 0)
		return s;
	log_line(LOG_ERR, "no memory or no thread for the store");
	destroy(s);
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
	destroy(s);
}

/* The deadline has passed: leave, unless the reply is on its way. */
static bool
leave(struct store *s, struct ticket *t)
{
	bool left = true;

	pthread_mutex_lock(&s->lock);
	switch (t->stage) {
	case TICKET_WAITING:
		ticket_remove(&s->queue, t);
		give_back(s, t);
		break;
	case TICKET_TAKEN:
		t->abandoned = true;
		s->unanswered--;
		break;
	case TICKET_DONE:
		left = false;
		break;
	}
	pthread_mutex_unlock(&s->lock);
	return left;
}

/* Of one URL half of all tickets may wait, so that others have the rest. */
static bool
enqueue(struct store *s, struct ticket *t)
{
	size_t same = 0;
	bool room;

	pthread_mutex_lock(&s->lock);
	for (const struct ticket *o = s->queue.first; o != NULL; o = o->next)
		if (t->request.url != NULL && o->request.url != NULL &&
		    o->url_hash == t->url_hash)
			same++;
	room = same == 0 || same < s->unanswered_max / 2;
	if (room)
		ticket_append(&s->queue, t);
	pthread_mutex_unlock(&s->lock);
	pthread_cond_signal(&s->wake);
	return room;
}

void
store_register(struct store *s, const struct database_request *request,
    struct database_reply *reply)
{
	struct timespec deadline = ticket_deadline(STORE_DEADLINE_MS);
	struct ticket *t = borrow(s);

	*reply = unavailable;
	if (t == NULL)
		return;
	if (ticket_fill(t, request) && enqueue(s, t)) {
		if (!ticket_await(t, &deadline)) {
			if (leave(s, t))
				return;
			ticket_await(t, NULL);
		}
		*reply = t->reply;
	}
	if (reply->outcome == OUTCOME_REGISTERED)
		return;			/* store_answered gives it back */
	pthread_mutex_lock(&s->lock);
	give_back(s, t);
	pthread_mutex_unlock(&s->lock);
}

/* Called with the lock held. */
static struct ticket *
find_answering(struct store *s, const unsigned char id[ID_BYTES])
{
	struct ticket *t = s->answering.first;

	while (t != NULL && memcmp(t->request.id, id, ID_BYTES) != 0)
		t = t->next;
	return t;
}

bool
store_contended(struct store *s, const unsigned char id[ID_BYTES])
{
	const struct ticket *t, *other = NULL;

	pthread_mutex_lock(&s->lock);
	t = find_answering(s, id);
	if (t != NULL)
		other = s->queue.first;
	while (other != NULL && !ticket_same_url(t, other))
		other = other->next;
	pthread_mutex_unlock(&s->lock);
	return other != NULL;
}

void
store_answered(struct store *s, const unsigned char id[ID_BYTES])
{
	struct ticket *t;
	bool waiting;

	pthread_mutex_lock(&s->lock);
	t = find_answering(s, id);
	if (t != NULL) {
		ticket_remove(&s->answering, t);
		give_back(s, t);
	}
	waiting = s->queue.first != NULL;
	pthread_mutex_unlock(&s->lock);
	if (waiting)
		pthread_cond_signal(&s->wake);
}
