/* dns_client.c - paces questions to the name servers, and repeats them. */
#include "http/dns_client.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "http/name_servers.h"
#include "http/turns.h"

enum queue {
	ANEW,
	AGAIN,
	QUEUES,
};

struct question {
	struct name_question asked;
	struct turn queued;
	TAILQ_ENTRY(question) others; /* that are fresh */
	LIST_ENTRY(question) all;
	bool fresh; /* asked, and perhaps not read yet */
	long long asked_ms;
	unsigned tries;
	struct dns_client *client;
	void *arg;
	unsigned char owner[OWNER_BYTES];
	char name[];
};

struct dns_client {
	struct loop *loop;
	struct name_servers *servers;
	dns_answered *answered;
	LIST_HEAD(, question) all;
	struct turns queues[QUEUES];
	TAILQ_HEAD(, question) fresh;
	unsigned fresh_count;
	bool sending, repeat_next;
	struct loop_timer timer;
};

static void
enter_fresh(struct question *q)
{
	TAILQ_INSERT_TAIL(&q->client->fresh, q, others);
	q->client->fresh_count++;
	q->fresh = true;
}

static void
leave_fresh(struct question *q)
{
	if (!q->fresh)
		return;
	TAILQ_REMOVE(&q->client->fresh, q, others);
	q->client->fresh_count--;
	q->fresh = false;
}

static bool
is_anything_queued(const struct dns_client *c)
{
	return !turns_empty(&c->queues[ANEW]) ||
	    !turns_empty(&c->queues[AGAIN]);
}

/* In turn, so that much silence does not hold up what is asked anew. */
static struct question *
take_next(struct dns_client *c)
{
	bool anew = !turns_empty(&c->queues[ANEW]);
	bool again = !turns_empty(&c->queues[AGAIN]);
	enum queue queue = !anew || (again && c->repeat_next) ? AGAIN : ANEW;
	struct turn *next = turns_take(&c->queues[queue]);

	if (next == NULL)
		return NULL;
	c->repeat_next = queue == ANEW;
	return (struct question *)(void *)((char *)next -
	    offsetof(struct question, queued));
}

static void
ask_now(struct question *q)
{
	struct dns_client *c = q->client;

	enter_fresh(q);
	q->asked_ms = loop_now_ms(c->loop);
	q->tries++;
	name_servers_ask(c->servers, &q->asked, q->name);
}

/* If memory is short, it does not wait for its turn. */
static void
queue_question(struct question *q, enum queue queue)
{
	if (!turns_add(&q->client->queues[queue], &q->queued, q->owner))
		ask_now(q);
}

static void
forget_old(struct dns_client *c)
{
	long long now_ms = loop_now_ms(c->loop);
	struct question *q;

	while ((q = TAILQ_FIRST(&c->fresh)) != NULL &&
	    now_ms - q->asked_ms >= DNS_FRESH_MS)
		leave_fresh(q);
}

/* Name servers read in order: what came before an answered one was read too. */
static void
forget_before(struct question *q)
{
	struct question *first;

	while (q->fresh && (first = TAILQ_FIRST(&q->client->fresh)) != q)
		leave_fresh(first);
}

/* Without a timer, the next answer or question lets others go. */
static void
set_timer(struct dns_client *c)
{
	struct question *oldest = TAILQ_FIRST(&c->fresh);

	if (oldest == NULL || !is_anything_queued(c))
		loop_clear_timer(c->loop, &c->timer);
	else if (!loop_set_timer(c->loop, &c->timer,
		     oldest->asked_ms + DNS_FRESH_MS))
		return;
}

/* What fails at once calls this again: the first call goes on. */
static void
send_waiting(struct dns_client *c)
{
	struct question *q;

	if (c->sending)
		return;
	c->sending = true;
	forget_old(c);
	while (c->fresh_count < DNS_FRESH_MAX && (q = take_next(c)) != NULL)
		ask_now(q);
	c->sending = false;
	set_timer(c);
}

static void
grow_old(void *arg)
{
	send_waiting(arg);
}

static void
free_question(struct question *q)
{
	leave_fresh(q);
	turns_remove(&q->client->queues[ANEW], &q->queued);
	turns_remove(&q->client->queues[AGAIN], &q->queued);
	LIST_REMOVE(q, all);
	free(q);
}

static void
take_answer(struct name_question *asked, const struct name_answer *a)
{
	struct question *q = (struct question *)asked;
	struct dns_client *c = q->client;
	sa_family_t family = asked->family;
	bool failed =
	    a->result == RESOLVER_FAILED || a->result == RESOLVER_SILENT;
	void *arg = q->arg;

	if (a->result != RESOLVER_SILENT)
		forget_before(q);
	leave_fresh(q);
	if (failed && q->tries < DNS_TRIES) {
		queue_question(q, AGAIN);
	} else {
		free_question(q);
		c->answered(arg, family, a);
	}
	send_waiting(c);
}

struct dns_client *
dns_client_open(struct loop *l, const char *resolv_conf, uint16_t port,
    dns_answered *answered)
{
	struct dns_client *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->loop = l;
	c->answered = answered;
	c->timer = (struct loop_timer){ .due = grow_old, .arg = c };
	TAILQ_INIT(&c->fresh);
	c->servers = name_servers_open(l, resolv_conf, port);
	if (c->servers != NULL && turns_init(&c->queues[ANEW]) &&
	    turns_init(&c->queues[AGAIN]))
		return c;
	dns_client_close(c);
	return NULL;
}

void
dns_client_close(struct dns_client *c)
{
	if (c == NULL)
		return;
	name_servers_close(c->servers);
	for (struct question *q = LIST_FIRST(&c->all), *next; q != NULL;
	     q = next) {
		next = LIST_NEXT(q, all);
		free_question(q);
	}
	turns_clear(&c->queues[ANEW]);
	turns_clear(&c->queues[AGAIN]);
	loop_clear_timer(c->loop, &c->timer);
	free(c);
}

void
dns_client_ask(struct dns_client *c, const char *name, sa_family_t family,
    const unsigned char owner[OWNER_BYTES], void *arg)
{
	struct name_answer none = { .result = RESOLVER_FAILED };
	size_t size = strlen(name) + 1;
	struct question *q = calloc(1, sizeof *q + size);

	if (q == NULL) {
		none.why = "memory is short";
		c->answered(arg, family, &none);
		return;
	}
	q->asked.family = family;
	q->asked.answered = take_answer;
	q->client = c;
	q->arg = arg;
	memcpy(q->owner, owner, OWNER_BYTES);
	memcpy(q->name, name, size);
	LIST_INSERT_HEAD(&c->all, q, all);
	queue_question(q, ANEW);
	send_waiting(c);
}

void
dns_client_reload(struct dns_client *c)
{
	name_servers_reload(c->servers);
}
