/*
 * transport.c - what our transport alone can deliver, with no database.
 *
 * usage: transport -f FILE [-a CA] [-c IN_FLIGHT] [-i IDLE] [-s SECONDS]
 *                  [-t TARGET]...
 *
 * Signs and sends an event once to each URL of FILE, so many at a time and for
 * so many seconds at most, as ceiling does it by libcurl. Prints how many 2xx
 * there were, how many exchanges failed, and the seconds it took. IDLE is how
 * many connections are kept besides; TARGET is a range that may be sent to.
 * Without CA the system's certificates count. How the failed ones ended goes
 * to standard error.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "common/egress_policy.h"
#include "event.h"
#include "http/client.h"
#include "process.h"

#define URL_MAX 512
#define ANSWER_MAX 1024
#define IN_FLIGHT_MAX 16384
#define IDLE_MAX 65000

struct place {
	struct place *next; /* of those that are free */
	struct http_exchange x;
	char url[URL_MAX], fields[512];
	unsigned char answer[ANSWER_MAX];
};

static struct egress_policy policy;
static struct http_client_options options = { .policy = &policy,
	.in_flight_max = 1024,
	.idle_max = 1024,
	.life_s = 300,
	.user_agent = "transport/1.0" };
static const char *file;
static long seconds = 60;

static unsigned char key[EVENT_KEY_BYTES];
static struct place *spare;
static unsigned in_flight;
static uint64_t sequence, good, bad, ended[HTTP_REFUSED + 1];

static double
now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
end(struct http_exchange *x)
{
	struct place *p = x->arg;

	if (x->end == HTTP_ANSWERED && x->status / 100 == 2)
		good++;
	else
		bad++;
	ended[x->end]++;
	p->next = spare;
	spare = p;
	in_flight--;
}

static void
write_fields(struct place *p)
{
	char id[64], signature[64];
	long long stamp = (long long)time(NULL);

	snprintf(id, sizeof id, "msg_%032llx", (unsigned long long)sequence++);
	event_sign(key, id, stamp, signature);
	snprintf(p->fields, sizeof p->fields,
	    "Content-Type: application/json\r\nwebhook-id: %s\r\n"
	    "webhook-timestamp: %lld\r\nwebhook-signature: %s\r\n",
	    id, stamp, signature);
}

/* Fill the free places. False: all URLs have been sent to. */
static bool
fill(struct http_client *client, FILE *urls)
{
	struct place *p;

	while ((p = spare) != NULL) {
		if (fgets(p->url, URL_MAX, urls) == NULL)
			return false;
		spare = p->next;
		p->url[strcspn(p->url, "\n")] = '\0';
		write_fields(p);
		p->x = (struct http_exchange){ .url = p->url,
			.fields = p->fields,
			.fields_length = strlen(p->fields),
			.body = event_body,
			.body_length = sizeof event_body - 1,
			.answer = p->answer,
			.answer_max = ANSWER_MAX,
			.ended = end,
			.arg = p };
		in_flight++;
		if (!http_client_start(client, &p->x))
			abort();
	}
	return true;
}

static void
run(struct loop *loop, struct http_client *client, FILE *urls)
{
	double start = now_s();
	bool more = true;

	while ((more = more && fill(client, urls)) || in_flight > 0) {
		if (now_s() - start > (double)seconds)
			break;
		loop_turn(loop, 100);
	}
	printf("%llu %llu %.3f\n", (unsigned long long)good,
	    (unsigned long long)bad, now_s() - start);
	fprintf(stderr,
	    "transport: %llu answered, %llu timeout, %llu TLS, %llu network, "
	    "%llu garbage, %llu refused\n",
	    (unsigned long long)ended[HTTP_ANSWERED],
	    (unsigned long long)ended[HTTP_TIMEOUT],
	    (unsigned long long)ended[HTTP_TLS],
	    (unsigned long long)ended[HTTP_NETWORK],
	    (unsigned long long)ended[HTTP_GARBAGE],
	    (unsigned long long)ended[HTTP_REFUSED]);
}

static bool
read_number(const char *text, unsigned max, unsigned *value)
{
	char *rest;
	unsigned long n = strtoul(text, &rest, 10);

	*value = (unsigned)n;
	return *rest == '\0' && n > 0 && n <= max;
}

static bool
read_option(int c)
{
	unsigned n;

	switch (c) {
	case 'a':
		options.ca_file = optarg;
		return true;
	case 'c':
		return read_number(optarg, IN_FLIGHT_MAX,
		    &options.in_flight_max);
	case 'f':
		file = optarg;
		return true;
	case 'i':
		return read_number(optarg, IDLE_MAX, &options.idle_max);
	case 's':
		seconds = read_number(optarg, 86400, &n) ? (long)n : 0;
		return seconds > 0;
	case 't':
		return egress_policy_allow(&policy, optarg);
	}
	return false;
}

int
main(int argc, char **argv)
{
	struct loop *loop = loop_open();
	struct http_client *client;
	struct place *places;
	bool fine = true;
	char why[256];
	FILE *urls;
	int c;

	while (fine && (c = getopt(argc, argv, "a:c:f:i:s:t:")) != -1)
		fine = read_option(c);
	if (!fine || file == NULL) {
		fputs("usage: transport -f FILE [-a CA] [-c IN_FLIGHT]"
		      " [-i IDLE] [-s SECONDS] [-t TARGET]...\n",
		    stderr);
		return 2;
	}
	raise_limit();
	urls = fopen(file, "r");
	places = calloc(options.in_flight_max, sizeof *places);
	if (urls == NULL || places == NULL || loop == NULL ||
	    getrandom(key, sizeof key, 0) != sizeof key) {
		perror(file);
		return 1;
	}
	client = http_client_open(loop, &options, why, sizeof why);
	if (client == NULL) {
		fprintf(stderr, "transport: %s\n", why);
		return 1;
	}
	for (unsigned i = 0; i < options.in_flight_max; i++) {
		places[i].next = spare;
		spare = &places[i];
	}
	run(loop, client, urls);
	http_client_close(client);
	loop_close(loop);
	free(places);
	fclose(urls);
	return 0;
}
