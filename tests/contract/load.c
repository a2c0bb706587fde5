/* load.c - clients in threads; their records against the rows. */
#include "load.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <curl/curl.h>

#include "db.h"
#include "keys.h"
#include "site.h"

#define LOAD_URL_ROOM 128
#define NOTED_MAX 1000 /* keys of one load */
#define PATIENCE 30    /* seconds for one URL */

struct record {
	char url[LOAD_URL_ROOM];
	char key[KEY_TEXT_MAX]; /* of the last 201, or "" */
};

struct worker {
	pthread_t thread;
	struct load *load;
	int number;
	struct record *records;
	size_t count, room;
	long statuses[STATUS_MAX];
};

struct load {
	struct load_plan plan;
	unsigned serial; /* of this load in this process */
	struct worker *workers;
	atomic_bool stop;
	atomic_long registered;
};

static void
make_url(const struct worker *w, char url[LOAD_URL_ROOM])
{
	const struct load_plan *plan = &w->load->plan;
	int number = plan->same > 0 ? 0 : w->number;
	size_t count = plan->same > 0 ? w->count % plan->same : w->count;

	snprintf(url, LOAD_URL_ROOM,
	    "https://hooks.example.com/%s/%d-%u/%d/%zu", plan->word,
	    (int)getpid(), w->load->serial, number, count);
}

static struct record *
new_record(struct worker *w)
{
	struct record *r;

	if (w->count == w->room) {
		w->room = w->room * 2 + 256;
		w->records = realloc(w->records, w->room * sizeof *r);
		if (w->records == NULL)
			abort();
	}
	r = &w->records[w->count];
	r->key[0] = '\0';
	make_url(w, r->url);
	w->count++;
	return r;
}

/* One URL: asked for once, or until it is registered or patience ends. */
static void
register_one(struct worker *w, struct client *c, struct answer *a)
{
	struct record *r = new_record(w);
	double end = now_seconds() + PATIENCE;
	char body[BODY_ROOM];
	struct request request = { .token = w->load->plan.who->token,
		.body = body_for(body, r->url) };

	do {
		client_send(c, &request, a);
		w->statuses[a->status % STATUS_MAX]++;
		if (answer_key(a, r->key))
			atomic_fetch_add(&w->load->registered, 1);
	} while (w->load->plan.retry && a->status != 201 &&
	    now_seconds() < end && (wait_a_little(), true));
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	long limit = w->load->plan.requests;
	struct answer *a = malloc(sizeof *a);
	struct client *c = client_open(true);

	while (!atomic_load(&w->load->stop) &&
	    (limit == 0 || (long)w->count < limit))
		register_one(w, c, a);
	client_close(c);
	free(a);
	return NULL;
}

struct load *
load_start(const struct load_plan *plan)
{
	static unsigned serial;
	struct load *l = calloc(1, sizeof *l);

	if (l == NULL)
		abort();
	curl_global_init(CURL_GLOBAL_ALL);
	known_event(); /* before there are threads */
	l->plan = *plan;
	l->serial = ++serial;
	l->workers = calloc((size_t)plan->clients, sizeof *l->workers);
	if (l->workers == NULL)
		abort();
	for (int i = 0; i < plan->clients; i++) {
		l->workers[i].load = l;
		l->workers[i].number = i;
		if (pthread_create(&l->workers[i].thread, NULL, work,
			&l->workers[i]) != 0)
			abort();
	}
	return l;
}

long
load_registered(struct load *l)
{
	return atomic_load(&l->registered);
}

void
load_finish(struct load *l)
{
	for (int i = 0; i < l->plan.clients; i++)
		pthread_join(l->workers[i].thread, NULL);
}

void
load_stop(struct load *l)
{
	atomic_store(&l->stop, true);
	load_finish(l);
}

long
load_count(const struct load *l, int status)
{
	long n = 0;

	for (int i = 0; i < l->plan.clients; i++)
		n += l->workers[i].statuses[status];
	return n;
}

long
load_others(const struct load *l, int status, int other)
{
	long n = 0;

	for (int s = 0; s < STATUS_MAX; s++)
		if (s != status && s != other)
			n += load_count(l, s);
	return n;
}

static int
by_url(const void *a, const void *b)
{
	return strcmp(((const struct record *)a)->url,
	    ((const struct record *)b)->url);
}

/* The records of all clients that were acknowledged, by URL. */
static struct record *
acknowledged(const struct load *l, size_t *count)
{
	struct record *all = NULL;
	size_t n = 0;

	for (int i = 0; i < l->plan.clients; i++)
		n += l->workers[i].count;
	all = calloc(n + 1, sizeof *all);
	if (all == NULL)
		abort();
	*count = 0;
	for (int i = 0; i < l->plan.clients; i++)
		for (size_t j = 0; j < l->workers[i].count; j++)
			if (l->workers[i].records[j].key[0] != '\0')
				all[(*count)++] = l->workers[i].records[j];
	qsort(all, *count, sizeof *all, by_url);
	return all;
}

static bool
key_signs(const struct record *told, const PGresult *rows, int row)
{
	char key[KEY_TEXT_MAX];

	return key_open(rows, row, 1, key) && strcmp(key, told->key) == 0;
}

static void
compare(struct tally *t, const struct record *told, size_t count,
    const PGresult *rows)
{
	const char *last = "";
	int n = PQntuples(rows);
	size_t i = 0;

	for (int row = 0; row < n; row++) {
		const char *url = PQgetvalue(rows, row, 0);

		if (strcmp(url, last) == 0) {
			t->duplicated++;
			continue;
		}
		last = url;
		for (; i < count && strcmp(told[i].url, url) < 0; i++)
			t->lost++;
		if (i == count || strcmp(told[i].url, url) != 0)
			t->unannounced++;
		else if (!key_signs(&told[i++], rows, row))
			t->wrong++;
	}
	t->lost += (long)(count - i);
}

/* As many as can be searched for, spread over all. */
static void
note_some(const struct record *told, size_t count)
{
	size_t step = 1 + count / NOTED_MAX;

	note_secrets(told[0].key, step * sizeof *told, count / step);
}

struct tally
load_tally(struct load *l)
{
	struct tally t = { 0 };
	char like[128];
	size_t count;
	struct record *told = acknowledged(l, &count);
	PGresult *rows;

	snprintf(like, sizeof like, "https://hooks.example.com/%s/%d-%u/%%",
	    l->plan.word, (int)getpid(), l->serial);
	rows = db_query(
	    "SELECT w.url COLLATE \"C\", "
	    "s.key_id, s.ephemeral, s.nonce, s.box FROM postern.webhook w "
	    "LEFT JOIN postern.secret s ON s.account_id = w.account_id "
	    "AND s.webhook_id = w.id AND s.expires_at IS NULL "
	    "WHERE w.account_id = $1::uuid AND w.url LIKE $2 "
	    "AND w.state = 'enabled' ORDER BY 1",
	    l->plan.who->id, like, NULL);
	t.acknowledged = (long)count;
	t.stored = PQntuples(rows);
	compare(&t, told, count, rows);
	note_some(told, count);
	PQclear(rows);
	free(told);
	return t;
}

void
load_free(struct load *l)
{
	for (int i = 0; i < l->plan.clients; i++)
		free(l->workers[i].records);
	free(l->workers);
	free(l);
}

void
expect_tally(const char *name, const struct tally *t, bool exact)
{
	cr_expect(t->lost == 0 && t->duplicated == 0 && t->wrong == 0 &&
		(!exact || t->unannounced == 0),
	    "%s: of %ld acknowledged and %ld stored, %ld lost, "
	    "%ld unannounced, %ld doubled, %ld with a wrong key",
	    name, t->acknowledged, t->stored, t->lost, t->unannounced,
	    t->duplicated, t->wrong);
}
