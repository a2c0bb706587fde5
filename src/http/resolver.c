/* resolver.c - looks names up without threads. */
#include "http/resolver.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "http/dns_client.h"
#include "http/hosts_file.h"
#include "http/name_table.h"

static const struct resolver_sources system_sources = {
	.hosts = "/etc/hosts",
	.resolv_conf = "/etc/resolv.conf",
	.port = 53,
};

enum family {
	V6,
	V4,
	FAMILIES,
};

static const sa_family_t families[] = {
	[V6] = AF_INET6,
	[V4] = AF_INET,
};

/* So long the other family is waited for, when this has an address. */
static const long long patience_ms[] = {
	[V6] = RESOLVER_AWAIT_V4_MS,
	[V4] = RESOLVER_AWAIT_V6_MS,
};

/* A name that is being looked up. It goes when both answers are there. */
struct lookup {
	LIST_ENTRY(lookup) others;
	struct resolver *resolver;
	struct name_entry
	    *entry; /* NULL: a newer look-up has taken its place */
	unsigned generation;
	unsigned out; /* questions without an answer */
	bool came[FAMILIES];
	bool told; /* those who waited have their answer */
	struct loop_timer timer;
	struct resolver_query *waiting;
	struct name_answer answers[FAMILIES];
};

struct resolver {
	struct loop *loop;
	struct hosts_file *hosts;
	struct dns_client *dns;
	struct name_table *names;
	unsigned generation; /* answers to questions of an older are not kept */
	LIST_HEAD(, lookup) lookups;
	unsigned long long queries, looked_up; /* so many since it was opened */
};

/* --- who waits --- */

static void
link_query(struct resolver_query **list, struct resolver_query *q)
{
	q->next = *list;
	q->link = list;
	if (q->next != NULL)
		q->next->link = &q->next;
	*list = q;
}

static void
unlink_query(struct resolver_query *q)
{
	*q->link = q->next;
	if (q->next != NULL)
		q->next->link = q->link;
	q->link = NULL;
}

static void
tell(struct resolver_query *q, const struct name_answer *a)
{
	q->answered(q->arg, a->result, a->addresses, a->count, a->why);
}

static void
tell_failure(struct resolver_query *q, const char *why)
{
	struct name_answer a = { .result = RESOLVER_FAILED, .why = why };

	tell(q, &a);
}

/* --- what is known --- */

static unsigned
seconds_kept(const struct name_answer *a)
{
	if (a->result == RESOLVER_NO_NAME)
		return RESOLVER_NONE_S;
	if (a->result != RESOLVER_OK)
		return RESOLVER_FAILED_S;
	if (a->ttl_s < RESOLVER_TTL_MIN_S)
		return RESOLVER_TTL_MIN_S;
	return a->ttl_s < RESOLVER_TTL_MAX_S ? a->ttl_s : RESOLVER_TTL_MAX_S;
}

/* The second family does not make the first be known for longer. */
static void
keep_answer(struct lookup *l, const struct name_answer *a)
{
	struct name_entry *e = l->entry;
	long long until_ms = loop_now_ms(l->resolver->loop) +
	    1000LL * (long long)seconds_kept(a);

	if (e == NULL || l->generation != l->resolver->generation ||
	    !name_entry_set(e, a))
		return;
	if (!l->told || until_ms < e->until_ms)
		e->until_ms = until_ms;
}

static bool
ends_with(const char *name, const char *suffix)
{
	size_t length = strlen(name), end = strlen(suffix);

	return length >= end && strcmp(name + length - end, suffix) == 0;
}

/* Names that no name server is asked for (RFC 6761, 6.3; RFC 7686). */
static bool
find_special(const char *name, struct name_answer *a)
{
	if (strcmp(name, "localhost") == 0 || ends_with(name, ".localhost")) {
		a->result = RESOLVER_OK;
		a->why = NULL;
		a->count = 2;
		a->addresses[0].family = AF_INET6;
		a->addresses[0].v6 = in6addr_loopback;
		a->addresses[1].family = AF_INET;
		a->addresses[1].v4.s_addr = htonl(INADDR_LOOPBACK);
		return true;
	}
	if (!ends_with(name, ".onion"))
		return false;
	a->result = RESOLVER_NO_NAME;
	a->why = "names in .onion cannot be reached";
	a->count = 0;
	return true;
}

static bool
find_local(struct resolver *r, const char *name, struct name_answer *a)
{
	struct name_answer found;

	if (!hosts_file_find(r->hosts, name, loop_now_ms(r->loop), &found))
		return find_special(name, a);
	name_answer_merge(a, &found, &found);
	return true;
}

/* --- look-ups --- */

static void
detach_entry(struct lookup *l)
{
	if (l->entry != NULL)
		l->entry->user = NULL;
	l->entry = NULL;
}

static void
free_lookup(struct lookup *l)
{
	detach_entry(l);
	loop_clear_timer(l->resolver->loop, &l->timer);
	LIST_REMOVE(l, others);
	free(l);
}

/*
 * What is there is the answer; what comes later is only remembered. Who is told
 * may ask anew, withdraw others, and see the end of the look-up.
 */
static void
publish(struct lookup *l)
{
	struct resolver_query *list = l->waiting, *q;
	struct name_answer a;

	l->waiting = NULL;
	if (list != NULL)
		list->link = &list;
	name_answer_merge(&a, l->came[V6] ? &l->answers[V6] : NULL,
	    l->came[V4] ? &l->answers[V4] : NULL);
	if (!l->told || a.count > 0)
		keep_answer(l, &a);
	l->told = true;
	if (l->out == 0)
		free_lookup(l);
	while ((q = list) != NULL) {
		unlink_query(q);
		tell(q, &a);
	}
}

static void
lose_patience(void *arg)
{
	publish(arg);
}

static void
take_answer(void *arg, sa_family_t family, const struct name_answer *answer)
{
	struct lookup *l = arg;
	enum family f = family == AF_INET6 ? V6 : V4;

	l->answers[f] = *answer;
	l->came[f] = true;
	l->out--;
	if (l->out == 0 ||
	    (answer->count > 0 &&
		!loop_set_timer(l->resolver->loop, &l->timer,
		    loop_now_ms(l->resolver->loop) + patience_ms[f])))
		publish(l);
}

static struct lookup *
make_lookup(struct resolver *r, struct name_entry *e)
{
	struct lookup *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	if (e->user != NULL)
		detach_entry(e->user);
	l->resolver = r;
	l->entry = e;
	l->generation = r->generation;
	l->timer = (struct loop_timer){ .due = lose_patience, .arg = l };
	e->user = l;
	LIST_INSERT_HEAD(&r->lookups, l, others);
	return l;
}

/* The look-up lives, and with it the entry, until both are answered. */
static void
begin_lookup(struct resolver *r, struct resolver_query *q, struct name_entry *e,
    const unsigned char owner[OWNER_BYTES])
{
	struct lookup *l = make_lookup(r, e);

	if (l == NULL) {
		tell_failure(q, "memory is short");
		return;
	}
	link_query(&l->waiting, q);
	l->out = FAMILIES;
	for (int f = 0; f < FAMILIES; f++)
		dns_client_ask(r->dns, e->name, families[f], owner, l);
}

/* --- the room's functions --- */

struct resolver *
resolver_open(struct loop *l, size_t names_max)
{
	return resolver_open_from(l, names_max, &system_sources);
}

struct resolver *
resolver_open_from(struct loop *l, size_t names_max,
    const struct resolver_sources *sources)
{
	struct resolver *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->loop = l;
	r->hosts = hosts_file_open(sources->hosts);
	r->names = name_table_open(names_max);
	r->dns = dns_client_open(l, sources->resolv_conf, sources->port,
	    take_answer);
	if (r->hosts == NULL || r->names == NULL || r->dns == NULL) {
		resolver_close(r);
		return NULL;
	}
	return r;
}

void
resolver_close(struct resolver *r)
{
	if (r == NULL)
		return;
	dns_client_close(r->dns);
	for (struct lookup *l = LIST_FIRST(&r->lookups), *next; l != NULL;
	     l = next) {
		next = LIST_NEXT(l, others);
		free_lookup(l);
	}
	name_table_close(r->names);
	hosts_file_close(r->hosts);
	free(r);
}

void
resolver_ask(struct resolver *r, struct resolver_query *q, const char *name,
    const unsigned char owner[OWNER_BYTES])
{
	struct name_answer known;
	struct name_entry *e;
	struct lookup *l;

	q->link = NULL;
	r->queries++;
	if (find_local(r, name, &known)) {
		tell(q, &known);
		return;
	}
	e = name_table_get(r->names, name, owner);
	if (e == NULL) {
		tell_failure(q, "memory is short");
		return;
	}
	l = e->user;
	if (loop_now_ms(r->loop) < e->until_ms) {
		name_entry_read(e, &known);
		tell(q, &known);
	} else if (l != NULL && !l->told) {
		link_query(&l->waiting, q);
	} else {
		r->looked_up++;
		begin_lookup(r, q, e, owner);
	}
}

struct resolver_figures
resolver_figures(const struct resolver *r)
{
	return (struct resolver_figures){ .known = r->queries - r->looked_up,
		.asked = r->looked_up };
}

void
resolver_withdraw(struct resolver *r, struct resolver_query *q)
{
	(void)r;
	if (q->link != NULL)
		unlink_query(q);
}

void
resolver_reload(struct resolver *r)
{
	r->generation++;
	name_table_forget(r->names);
	hosts_file_reload(r->hosts);
	dns_client_reload(r->dns);
}
