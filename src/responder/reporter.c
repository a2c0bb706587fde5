/* reporter.c - tells the database of this process, and asks it for /metrics. */
#include "config.h"

#include "responder/reporter.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/process.h"
#include "responder/report_db.h"
#include "responder/tally.h"

#define STACK_BYTES (512 * 1024)
#define DIAL_MS 1000 /* between attempts to connect */
#define STALE_MS \
	5000 /* an answer serves so long who would wait beside others */
#define NAME_MAX_BYTES 320
#define FORM_FEED "\f"

/* What the database said, shared by who shows it. */
struct answer {
	struct report_db_answer said;
	long long at_ms, took_us;
	unsigned holders;
};

struct reporter {
	struct process process;
	char name[NAME_MAX_BYTES]; /* of this process in the page */
	unsigned threads;
	struct report_db *db; /* the thread's */
	pthread_t thread;
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t woken, answered;
	struct answer *answer; /* NULL: the last time there was none */
	bool stopping, wanted, away;
	unsigned waiting;
	unsigned long long asked; /* how often it was */
};

/* Called with the lock held. */
static void
drop_answer(struct answer *a)
{
	if (a == NULL || --a->holders > 0)
		return;
	free(a->said.database);
	free(a->said.processes);
	free(a);
}

static bool
tell(struct reporter *r)
{
	char *lines = metrics_text(tally_write);
	const struct process_state state = { .places = r->threads,
		.in_flight = tally_threads_busy(),
		.counters = lines };
	bool ok = lines != NULL;

	if (ok) {
		process_set(&r->process, &state);
		ok = report_db_tell(r->db);
	}
	free(lines);
	return ok;
}

/* NULL: it does not answer. */
static struct answer *
ask(struct reporter *r)
{
	struct answer *a = calloc(1, sizeof *a);
	long long began_us = clock_now_us();

	if (a != NULL && report_db_ask(r->db, &a->said)) {
		a->at_ms = clock_now_ms();
		a->took_us = clock_now_us() - began_us;
		a->holders = 1;
		return a;
	}
	free(a);
	return NULL;
}

static void
take_answer(struct reporter *r, struct answer *a)
{
	pthread_mutex_lock(&r->lock);
	drop_answer(r->answer);
	r->answer = a;
	r->away = a == NULL;
	r->wanted = false;
	r->asked++;
	pthread_cond_broadcast(&r->answered);
	pthread_mutex_unlock(&r->lock);
}

/* Until somebody wants the page, or so long; is it wanted? */
static bool
await_want(struct reporter *r, long long until_ms)
{
	long long left_ms = until_ms - clock_now_ms();
	struct timespec until =
	    clock_deadline(left_ms > 0 ? (unsigned)left_ms : 0);
	bool wanted;

	pthread_mutex_lock(&r->lock);
	while (!r->wanted && !r->stopping &&
	    pthread_cond_timedwait(&r->woken, &r->lock, &until) == 0)
		continue;
	wanted = r->wanted;
	pthread_mutex_unlock(&r->lock);
	return wanted;
}

static bool
is_stopping(struct reporter *r)
{
	bool stopping;

	pthread_mutex_lock(&r->lock);
	stopping = r->stopping;
	pthread_mutex_unlock(&r->lock);
	return stopping;
}

/* Whether it is there: while it is not, nobody waits for it. */
static bool
ensure_connected(struct reporter *r)
{
	bool connected = report_db_connect(r->db);

	if (!connected) {
		take_answer(r, NULL);
		return false;
	}
	pthread_mutex_lock(&r->lock);
	r->away = false;
	pthread_mutex_unlock(&r->lock);
	return true;
}

static void *
run_thread(void *arg)
{
	struct reporter *r = arg;
	long long tell_ms = 0;

	while (!is_stopping(r)) {
		bool wanted = await_want(r, tell_ms);

		if (!ensure_connected(r)) {
			tell_ms = clock_now_ms() + DIAL_MS;
			continue;
		}
		if (wanted)
			take_answer(r, ask(r));
		if (clock_now_ms() < tell_ms)
			continue;
		tell_ms = clock_now_ms() +
		    (ensure_connected(r) && tell(r) ? PROCESS_REPORT_MS
						    : DIAL_MS);
	}
	return NULL;
}

static bool
start_thread(struct reporter *r)
{
	pthread_attr_t attr;
	int error;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	error = pthread_create(&r->thread, &attr, run_thread, r);
	pthread_attr_destroy(&attr);
	return error == 0;
}

static void
free_reporter(struct reporter *r)
{
	report_db_close(r->db);
	drop_answer(r->answer);
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->woken);
	pthread_cond_destroy(&r->answered);
	free(r);
}

struct reporter *
reporter_open(const char *conninfo, unsigned threads)
{
	struct reporter *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	process_init(&r->process, "postern-responder", PACKAGE_VERSION);
	snprintf(r->name, sizeof r->name, "%s:%s", r->process.host,
	    r->process.pid);
	r->threads = threads;
	tally_threads(threads);
	pthread_mutex_init(&r->lock, NULL);
	clock_cond_init(&r->woken);
	clock_cond_init(&r->answered);
	r->db = report_db_open(conninfo, &r->process);
	if (r->db != NULL && start_thread(r))
		return r;
	log_line(LOG_ERR, "cannot start the reporter: no memory or no thread");
	free_reporter(r);
	return NULL;
}

void
reporter_close(struct reporter *r)
{
	if (r == NULL)
		return;
	pthread_mutex_lock(&r->lock);
	r->stopping = true;
	pthread_cond_broadcast(&r->woken);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	free_reporter(r);
}

/* Wait until the thread has asked. Called with the lock held. */
static void
await_answer(struct reporter *r)
{
	struct timespec until = clock_deadline(REPORTER_WAIT_MS);
	unsigned long long before = r->asked;

	r->wanted = true;
	r->waiting++;
	pthread_cond_signal(&r->woken);
	while (r->asked == before &&
	    pthread_cond_timedwait(&r->answered, &r->lock, &until) == 0)
		continue;
	r->waiting--;
}

/* Is there one that is not older? Called with the lock held. */
static bool
has_answer(const struct reporter *r, long long age_ms)
{
	return r->answer != NULL && clock_now_ms() - r->answer->at_ms < age_ms;
}

/* For drop_answer; NULL: the database is away, or is slow. */
static struct answer *
take_hold(struct reporter *r)
{
	struct answer *a = NULL;

	pthread_mutex_lock(&r->lock);
	if (!r->away && !has_answer(r, REPORTER_FRESH_MS) &&
	    !(r->waiting > 0 && has_answer(r, STALE_MS)))
		await_answer(r);
	if (!r->away && has_answer(r, STALE_MS)) {
		a = r->answer;
		a->holders++;
	}
	pthread_mutex_unlock(&r->lock);
	return a;
}

static struct text
as_text(const char *s)
{
	return (struct text){ s, s == NULL ? 0 : strlen(s) };
}

/* Of each process its name, a newline, and its lines. */
static size_t
split_processes(struct text all, struct metric_source *sources, size_t max)
{
	size_t count = 0;

	while (all.length > 0 && count < max) {
		struct text one = text_take_until(&all, FORM_FEED);

		(void)text_take_byte(&all, *FORM_FEED);
		sources[count].process = text_take_until(&one, "\n");
		sources[count++].lines = one;
	}
	return count;
}

/* Of the database, whether it is there or not. */
static void
write_state(char *text, size_t size, const struct answer *a)
{
	snprintf(text, size, "postern_database_up %d\n", a != NULL);
	if (a != NULL)
		snprintf(text + strlen(text), size - strlen(text),
		    "postern_database_scrape_seconds %.6f\n",
		    (double)a->took_us / 1e6);
}

char *
reporter_page(struct reporter *r, enum metric_format format)
{
	struct answer *a = take_hold(r);
	struct metric_source sources[REPORTER_PROCESSES_MAX + 3];
	char state[128], *own = metrics_text(tally_write), *page = NULL;
	size_t count = 0;

	write_state(state, sizeof state, a);
	sources[count++] = (struct metric_source){ .lines = as_text(state) };
	if (own != NULL)
		sources[count++] =
		    (struct metric_source){ as_text(r->name), as_text(own) };
	if (a != NULL) {
		sources[count++] =
		    (struct metric_source){ .lines =
						as_text(a->said.database) };
		count += split_processes(as_text(a->said.processes),
		    sources + count, REPORTER_PROCESSES_MAX);
	}
	if (own != NULL)
		page = metric_page_make(sources, count, format);
	free(own);
	pthread_mutex_lock(&r->lock);
	drop_answer(a);
	pthread_mutex_unlock(&r->lock);
	return page;
}
