/*
 * exchange.c - exchanges on demand, for transport.test.
 *
 * usage: exchange [-a CA] [-i IDLE_MAX] [-l LIFE_S] [-n IN_FLIGHT] [-t TARGET]
 *
 * Each line of standard input, `URL BODY_BYTES [OWNER]`, starts an exchange;
 * each that ends is a line of JSON. OWNER is a number, 0 unless given. `reload` reads the CA certificates again, `quit` ends
 * whatever is in flight; at the end of the input that is waited for. TARGET is
 * a range that may be sent to, by plain http too.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/egress_policy.h"
#include "http/client.h"

#define INPUT_MAX 65536
#define ANSWER_MAX 1024

struct order {
	struct http_exchange x;
	struct order *newer, *older;
	char *url, *body;
	unsigned char answer[ANSWER_MAX];
};

static struct loop *loop;
static struct http_client *client;
static size_t in_flight;
static bool over, quit;
static struct order *newest;
static char input[INPUT_MAX];
static size_t input_length;

static const char *const ends[] = {
	[HTTP_ANSWERED] = "answered",
	[HTTP_TIMEOUT] = "timeout",
	[HTTP_TLS] = "tls",
	[HTTP_NETWORK] = "network",
	[HTTP_GARBAGE] = "garbage",
	[HTTP_REFUSED] = "refused",
};

static void
print_text(const char *name, const char *text, size_t length)
{
	printf("\"%s\": \"", name);
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < ' ' || c > '~' || c == '"' || c == '\\')
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	printf("\", ");
}

static void
free_order(struct order *o)
{
	*(o->newer == NULL ? &newest : &o->newer->older) = o->older;
	if (o->older != NULL)
		o->older->newer = o->newer;
	free(o->url);
	free(o->body);
	free(o);
	in_flight--;
}

static void
report(struct http_exchange *x)
{
	struct order *o = x->arg;

	putchar('{');
	print_text("url", x->url, strlen(x->url));
	print_text("end", ends[x->end], strlen(ends[x->end]));
	print_text("peer", x->peer, strlen(x->peer));
	print_text("tls", x->tls, strlen(x->tls));
	print_text("error", x->error, strlen(x->error));
	print_text("answer", (char *)x->answer, x->answer_length);
	printf("\"status\": %d, \"retry_after\": %ld, \"name_us\": %d, "
	       "\"connect_us\": %d, \"tls_us\": %d, \"first_us\": %d, "
	       "\"total_us\": %d}\n",
	    x->status, x->retry_after_s, x->name_us, x->connect_us, x->tls_us,
	    x->first_us, x->total_us);
	fflush(stdout);
	free_order(o);
}

static void
start(const char *url, size_t body_length, unsigned long owner)
{
	static const char fields[] = "Content-Type: application/json\r\n";
	struct order *o = calloc(1, sizeof *o);

	if (o == NULL)
		abort();
	o->url = strdup(url);
	o->body = malloc(body_length + 1);
	if (o->url == NULL || o->body == NULL)
		abort();
	memset(o->body, 'x', body_length);
	o->x = (struct http_exchange){ .url = o->url,
		.fields = fields,
		.fields_length = sizeof fields - 1,
		.body = o->body,
		.body_length = body_length,
		.answer = o->answer,
		.answer_max = sizeof o->answer,
		.ended = report,
		.arg = o };
	memcpy(o->x.owner, &owner, sizeof owner);
	o->older = newest;
	if (newest != NULL)
		newest->newer = o;
	newest = o;
	in_flight++;
	if (!http_client_start(client, &o->x)) {
		printf("{\"url\": \"%s\", \"end\": \"full\"}\n", url);
		fflush(stdout);
		free_order(o);
	}
}

static void
obey(char *line)
{
	char *blank = strchr(line, ' '), why[256];
	unsigned long bytes;

	if (strcmp(line, "quit") == 0) {
		quit = true;
	} else if (strcmp(line, "reload") == 0) {
		if (!http_client_reload(client, why, sizeof why))
			fprintf(stderr, "exchange: %s\n", why);
	} else if (blank != NULL) {
		*blank = '\0';
		bytes = strtoul(blank + 1, &blank, 10);
		start(line, bytes, strtoul(blank, NULL, 10));
	}
}

static void
take_input(void *arg, uint32_t events)
{
	char *line = input, *end;
	ssize_t n = read(STDIN_FILENO, input + input_length,
	    sizeof input - 1 - input_length);

	(void)events;
	if (n <= 0) {
		over = true;
		loop_unwatch(loop, arg);
		return;
	}
	input_length += (size_t)n;
	input[input_length] = '\0';
	while ((end = strchr(line, '\n')) != NULL) {
		*end = '\0';
		obey(line);
		line = end + 1;
	}
	input_length -= (size_t)(line - input);
	memmove(input, line, input_length);
}

static bool
read_options(int argc, char **argv, struct http_client_options *o,
    struct egress_policy *policy)
{
	int c;

	while ((c = getopt(argc, argv, "a:i:l:n:t:")) != -1) {
		switch (c) {
		case 'a':
			o->ca_file = optarg;
			break;
		case 'i':
			o->idle_max = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'l':
			o->life_s = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'n':
			o->in_flight_max = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 't':
			policy->plain_http = true;
			if (!egress_policy_allow(policy, optarg))
				return false;
			break;
		default:
			return false;
		}
	}
	return true;
}

int
main(int argc, char **argv)
{
	struct egress_policy policy = { .plain_http = false };
	struct http_client_options options = { .policy = &policy,
		.in_flight_max = 1024,
		.idle_max = 1024,
		.life_s = 300,
		.user_agent = "exchange/1.0" };
	struct loop_watch watch = { .fd = STDIN_FILENO,
		.events = EPOLLIN,
		.ready = take_input,
		.arg = &watch };
	char why[256];

	signal(SIGPIPE, SIG_IGN);
	if (!read_options(argc, argv, &options, &policy)) {
		fprintf(stderr, "exchange: bad usage\n");
		return 2;
	}
	loop = loop_open();
	if (loop == NULL || !loop_watch(loop, &watch)) {
		fprintf(stderr, "exchange: %s\n", strerror(errno));
		return 1;
	}
	client = http_client_open(loop, &options, why, sizeof why);
	if (client == NULL) {
		fprintf(stderr, "exchange: %s\n", why);
		return 1;
	}
	while (!quit && (!over || in_flight > 0))
		loop_turn(loop, -1);
	http_client_close(client);
	while (newest != NULL)
		free_order(newest);
	loop_close(loop);
	return 0;
}
