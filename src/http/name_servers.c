/* name_servers.c - asks the name servers once; the one door to c-ares. */
#include "http/name_servers.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>

#include "http/file_stamp.h"
#include "http/name_reply.h"

#define IDLE_MAX 16 /* channels kept for later */

/* A socket of c-ares. */
struct socket_watch {
	LIST_ENTRY(socket_watch) others;
	struct loop_watch watch;
	struct channel *channel;
};

/*
 * A channel of c-ares has one port to each server, from its first question
 * until no answer is outstanding.
 */
struct channel {
	LIST_ENTRY(channel) others;
	struct name_servers *servers;
	ares_channel ares;
	LIST_HEAD(, socket_watch) sockets;
	struct loop_timer timer;
	unsigned generation; /* of resolv.conf */
	unsigned first;      /* of the servers, as resolv.conf has them */
	unsigned asked;      /* with the ports that it has */
	unsigned out;        /* not answered yet */
	unsigned entered;    /* calls of c-ares that have not returned */
};

struct name_servers {
	struct loop *loop;
	char *resolv_conf;
	uint16_t port;
	struct file_stamp stamp;
	unsigned generation;
	unsigned count, first;   /* servers; the one that is asked first */
	struct channel *current; /* that takes questions; NULL: none */
	LIST_HEAD(, channel) busy, idle;
	unsigned idle_count;
};

static void
close_channel(struct channel *ch)
{
	loop_clear_timer(ch->servers->loop, &ch->timer);
	LIST_REMOVE(ch, others);
	if (ch->servers->current == ch)
		ch->servers->current = NULL;
	ares_destroy(ch->ares);
	free(ch);
}

/* Once nothing is out its ports are closed, and it may begin anew. */
static void
settle_channel(struct channel *ch)
{
	struct name_servers *n = ch->servers;

	if (ch->entered > 0 || ch->out > 0)
		return;
	loop_clear_timer(n->loop, &ch->timer);
	ch->asked = 0;
	if (ch == n->current)
		return;
	if (ch->generation != n->generation || n->idle_count == IDLE_MAX) {
		close_channel(ch);
		return;
	}
	LIST_REMOVE(ch, others);
	LIST_INSERT_HEAD(&n->idle, ch, others);
	n->idle_count++;
}

static void
process_socket(void *arg, uint32_t events)
{
	struct socket_watch *s = arg;
	struct channel *ch = s->channel;
	bool wrong = (events & (EPOLLERR | EPOLLHUP)) != 0;
	int fd = s->watch.fd;

	ch->entered++;
	ares_process_fd(ch->ares,
	    wrong || events & EPOLLIN ? fd : ARES_SOCKET_BAD,
	    wrong || events & EPOLLOUT ? fd : ARES_SOCKET_BAD);
	ch->entered--;
	settle_channel(ch);
}

/* 0, or -1 to have it closed. */
static int
take_socket(ares_socket_t fd, int type, void *arg)
{
	struct channel *ch = arg;
	struct socket_watch *s = calloc(1, sizeof *s);

	(void)type;
	if (s == NULL)
		return -1;
	s->channel = ch;
	s->watch = (struct loop_watch){
		.fd = fd,
		.events = EPOLLIN,
		.ready = process_socket,
		.arg = s,
	};
	if (!loop_watch(ch->servers->loop, &s->watch)) {
		free(s);
		return -1;
	}
	LIST_INSERT_HEAD(&ch->sockets, s, others);
	return 0;
}

static void
await_socket(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct channel *ch = arg;
	struct socket_watch *s = LIST_FIRST(&ch->sockets);

	while (s != NULL && s->watch.fd != fd)
		s = LIST_NEXT(s, others);
	if (s == NULL)
		return;
	if (readable || writable) {
		loop_await(ch->servers->loop, &s->watch,
		    (readable ? EPOLLIN : 0u) | (writable ? EPOLLOUT : 0u));
		return;
	}
	loop_unwatch(ch->servers->loop, &s->watch);
	LIST_REMOVE(s, others);
	free(s);
}

static void
process_timeouts(void *arg)
{
	struct channel *ch = arg;
	struct timeval wait = { NAME_SERVERS_TRY_MS / 1000, 0 };
	long long due_ms;

	ch->entered++;
	ares_process_fd(ch->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	if (ch->out > 0) {
		ares_timeout(ch->ares, &wait, &wait);
		due_ms = loop_now_ms(ch->servers->loop) + wait.tv_sec * 1000 +
		    wait.tv_usec / 1000 + 1;
		if (!loop_set_timer(ch->servers->loop, &ch->timer, due_ms))
			ares_cancel(ch->ares);
	}
	ch->entered--;
	settle_channel(ch);
}

static int
init_channel(struct channel *ch)
{
	const struct name_servers *n = ch->servers;
	char lookups[] = "b";
	struct ares_options options = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
		.timeout = NAME_SERVERS_TRY_MS,
		.tries = 1,
		.udp_port = n->port,
		.tcp_port = n->port,
		.lookups = lookups,
		.sock_state_cb = await_socket,
		.sock_state_cb_data = ch,
		.resolvconf_path = n->resolv_conf,
	};

	return ares_init_options(&ch->ares, &options,
	    ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
		ARES_OPT_UDP_PORT | ARES_OPT_TCP_PORT | ARES_OPT_DOMAINS |
		ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB |
		ARES_OPT_RESOLVCONF);
}

/* c-ares asks the servers in their order: begin with another. */
static int
turn_servers(struct channel *ch)
{
	struct ares_addr_port_node *list, *last;
	int status = ares_get_servers_ports(ch->ares, &list);

	if (status != ARES_SUCCESS)
		return status;
	ch->servers->count = 1;
	for (last = list; last->next != NULL; last = last->next)
		ch->servers->count++;
	last->next = list;
	for (unsigned i = 0; i < ch->first; i++)
		last = last->next;
	list = last->next;
	last->next = NULL;
	if (ch->first > 0)
		status = ares_set_servers_ports(ch->ares, list);
	ares_free_data(list);
	return status;
}

static struct channel *
open_channel(struct name_servers *n)
{
	struct channel *ch = calloc(1, sizeof *ch);

	if (ch == NULL)
		return NULL;
	ch->servers = n;
	ch->generation = n->generation;
	ch->first = n->first;
	ch->timer = (struct loop_timer){ .due = process_timeouts, .arg = ch };
	if (init_channel(ch) != ARES_SUCCESS) {
		free(ch);
		return NULL;
	}
	if (turn_servers(ch) != ARES_SUCCESS) {
		ares_destroy(ch->ares);
		free(ch);
		return NULL;
	}
	ares_set_socket_callback(ch->ares, take_socket, ch);
	LIST_INSERT_HEAD(&n->busy, ch, others);
	return ch;
}

static struct channel *
reuse_channel(struct name_servers *n)
{
	struct channel *ch = LIST_FIRST(&n->idle);

	if (ch == NULL)
		return open_channel(n);
	n->idle_count--;
	LIST_REMOVE(ch, others);
	LIST_INSERT_HEAD(&n->busy, ch, others);
	return ch;
}

/* The channel for the next question, its clock running. NULL: memory. */
static struct channel *
ready_channel(struct name_servers *n)
{
	struct channel *ch = n->current;

	if (ch == NULL || ch->asked == NAME_SERVERS_PORT_USES)
		ch = n->current = reuse_channel(n);
	if (ch == NULL || ch->out > 0 ||
	    loop_set_timer(n->loop, &ch->timer,
		loop_now_ms(n->loop) + NAME_SERVERS_TRY_MS + 1))
		return ch;
	return NULL;
}

static void
close_channels(struct channel *first)
{
	for (struct channel *ch = first, *next; ch != NULL; ch = next) {
		next = LIST_NEXT(ch, others);
		close_channel(ch);
	}
}

/* Channels of the resolv.conf that was; those in use end by themselves. */
static void
retire_channels(struct name_servers *n)
{
	struct channel *ch = n->current;

	n->generation++;
	close_channels(LIST_FIRST(&n->idle));
	n->idle_count = 0;
	n->current = NULL;
	if (ch != NULL)
		settle_channel(ch);
}

/* Others than the one that answered were silent: ask it first from now on. */
static void
prefer_server(struct channel *ch, unsigned silent)
{
	struct name_servers *n = ch->servers;

	if (ch->generation != n->generation)
		return;
	n->first = (ch->first + silent) % n->count;
	retire_channels(n);
}

static void
take_reply(void *arg, int status, int timeouts, unsigned char *packet,
    int length)
{
	struct name_question *q = arg;
	struct channel *ch = q->channel;
	struct name_answer a = { .result = RESOLVER_OK };

	ch->out--;
	if (status == ARES_EDESTRUCTION)
		return;
	if (status == ARES_SUCCESS && timeouts > 0)
		prefer_server(ch, (unsigned)timeouts);
	name_reply_read(&a, q->family, status, packet, length);
	q->answered(q, &a);
}

/* What is asked has an id that cannot be foretold. */
static void
send_question(struct channel *ch, struct name_question *q, const char *name)
{
	uint16_t id = (uint16_t)randombytes_random();
	int type = q->family == AF_INET ? ns_t_a : ns_t_aaaa;
	unsigned char *packet = NULL;
	int length = 0;
	int status =
	    ares_create_query(name, ns_c_in, type, id, 1, &packet, &length, 0);

	ch->out++;
	if (status == ARES_SUCCESS) {
		ch->asked++;
		ares_send(ch->ares, packet, length, take_reply, q);
	} else {
		take_reply(q, status, 0, NULL, 0);
	}
	ares_free_string(packet);
}

struct name_servers *
name_servers_open(struct loop *l, const char *resolv_conf, uint16_t port)
{
	struct name_servers *n = calloc(1, sizeof *n);

	if (n == NULL)
		return NULL;
	n->loop = l;
	n->port = port;
	n->resolv_conf = strdup(resolv_conf);
	if (n->resolv_conf == NULL ||
	    ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) {
		free(n->resolv_conf);
		free(n);
		return NULL;
	}
	return n;
}

void
name_servers_close(struct name_servers *n)
{
	if (n == NULL)
		return;
	close_channels(LIST_FIRST(&n->idle));
	close_channels(LIST_FIRST(&n->busy));
	ares_library_cleanup();
	free(n->resolv_conf);
	free(n);
}

void
name_servers_ask(struct name_servers *n, struct name_question *q,
    const char *name)
{
	struct name_answer none = { .result = RESOLVER_FAILED };
	struct channel *ch;

	if (file_stamp_changed(&n->stamp, n->resolv_conf,
		loop_now_ms(n->loop))) {
		n->first = 0;
		retire_channels(n);
	}
	ch = ready_channel(n);
	q->channel = ch;
	if (ch == NULL) {
		none.why = "memory is short";
		q->answered(q, &none);
		return;
	}
	ch->entered++;
	send_question(ch, q, name);
	ch->entered--;
	settle_channel(ch);
}

void
name_servers_reload(struct name_servers *n)
{
	file_stamp_forget(&n->stamp);
}
