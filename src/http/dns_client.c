/* dns_client.c - paces questions to the name servers, and repeats them. */
#include "http/dns_client.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "http/name_servers.h"

enum place {
	NOWHERE,
	WAITING,   /* to be asked */
	REPEATING, /* to be asked again */
	FRESH,     /* asked, and perhaps not read yet */
};

struct question {
	struct name_question asked;
	TAILQ_ENTRY(question) others; /* in its place */
	LIST_ENTRY(question) all;
	enum place place;
	long long asked_ms;
	unsigned tries;
	struct dns_client *client;
	void *arg;
	char name[];
};

struct dns_client {
	struct loop *loop;
	struct name_servers *servers;
	dns_answered *answered;
	LIST_HEAD(, question) all;
	TAILQ_HEAD(, question) places[FRESH + 1];
	unsigned fresh_count;
	bool sending, repeat_next;
	struct loop_timer timer;
};

static void
leave_place(struct question *q)
{
	if (q->place != NOWHERE)
		TAILQ_REMOVE(&q->client->places[q->place], q, others);
	q->client->fresh_count -= q->place == FRESH;
	q->place = NOWHERE;
}

static void
take_place(struct question *q, enum place place)
{
	leave_place(q);
	TAILQ_INSERT_TAIL(&q->client->places[place], q, others);
	q->client->fresh_count += place == FRESH;
	q->place = place;
}

/* In turn, so that much silence does not hold up what is asked anew. */
static struct question *
find_next(const struct dns_client *c)
{
	struct question *anew = TAILQ_FIRST(&c->places[WAITING]);
	struct question *again = TAILQ_FIRST(&c->places[REPEATING]);

	if (anew == NULL || (again != NULL && c->repeat_next))
		return again;
	return anew;
}

static void
ask_now(struct question *q)
{
	struct dns_client *c = q->client;

	take_place(q, FRESH);
	q->asked_ms = loop_now_ms(c->loop);
	q->tries++;
	name_servers_ask(c->servers, &q->asked, q->name);
}

static void
forget_old(struct dns_client *c)
{
	long long now_ms = loop_now_ms(c->loop);
	struct question *q;

	while ((q = TAILQ_FIRST(&c->places[FRESH])) != NULL &&
	    now_ms - q->asked_ms >= DNS_FRESH_MS)
		leave_place(q);
}

/* Name servers read in order: what came before an answered one was read too. */
static void
forget_before(struct question *q)
{
	struct question *first;

	while (q->place == FRESH &&
	    (first = TAILQ_FIRST(&q->client->places[FRESH])) != q)
		leave_place(first);
}

/* Without a timer, the next answer or question lets others go. */
static void
set_timer(struct dns_client *c)
{
	struct question *oldest = TAILQ_FIRST(&c->places[FRESH]);

	if (oldest == NULL || find_next(c) == NULL)
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
	while (c->fresh_count < DNS_FRESH_MAX && (q = find_next(c)) != NULL) {
		c->repeat_next = q->place == WAITING;
		ask_now(q);
	}
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
	leave_place(q);
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
	leave_place(q);
	if (failed && q->tries < DNS_TRIES) {
		take_place(q, REPEATING);
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
	c->servers = name_servers_open(l, resolv_conf, port);
	if (c->servers == NULL) {
		free(c);
		return NULL;
	}
	c->loop = l;
	c->answered = answered;
	c->timer = (struct loop_timer){ .due = grow_old, .arg = c };
	for (int place = NOWHERE; place <= FRESH; place++)
		TAILQ_INIT(&c->places[place]);
	return c;
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
	loop_clear_timer(c->loop, &c->timer);
	free(c);
}

void
dns_client_ask(struct dns_client *c, const char *name, sa_family_t family,
    void *arg)
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
	memcpy(q->name, name, size);
	LIST_INSERT_HEAD(&c->all, q, all);
	take_place(q, WAITING);
	send_waiting(c);
}

void
dns_client_reload(struct dns_client *c)
{
	name_servers_reload(c->servers);
}
