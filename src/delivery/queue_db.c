/* queue_db.c - the queue in PostgreSQL, as the worker uses it. */
#include "delivery/queue_db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "common/clock.h"
#include "common/log.h"
#include "delivery/claim_params.h"
#include "delivery/record_params.h"
#include "delivery/tally.h"

#define MORE_FIRST 256 /* accounts */

struct queue_db {
	struct queue_conn *conn;
	struct secret_cache *keys;
	bool listening; /* this session has the sleep lock */
	struct record_params *record;
	struct claim_params *claim;
	struct owing_account *more; /* as the last claim said */
	size_t more_count, more_max;
};

static const struct queue_params no_params = { 0 };

/* A claim whose rows are coming in. */
struct claim_reader {
	struct queue_db *queue;
	struct queue_db_claim *claim;
	struct attempt **end;
	size_t bytes_left; /* for bodies */
};

struct queue_db *
queue_db_open(const char *conninfo, struct secret_cache *keys,
    const char *signs)
{
	struct queue_db *q = calloc(1, sizeof *q);

	if (q == NULL)
		return NULL;
	q->keys = keys;
	q->conn = queue_conn_open(conninfo, QUEUE_DELIVERIES, signs);
	q->record = record_params_open();
	q->claim = claim_params_open();
	if (q->conn == NULL || q->record == NULL || q->claim == NULL) {
		queue_db_close(q);
		return NULL;
	}
	return q;
}

void
queue_db_close(struct queue_db *q)
{
	if (q == NULL)
		return;
	queue_conn_close(q->conn);
	record_params_close(q->record);
	claim_params_close(q->claim);
	free(q->more);
	free(q);
}

bool
queue_db_connect(struct queue_db *q)
{
	if (queue_conn_socket(q->conn) == -1)
		q->listening = false;
	return queue_conn_connect(q->conn);
}

int
queue_db_socket(const struct queue_db *q)
{
	return queue_conn_socket(q->conn);
}

unsigned
queue_db_number(const struct queue_db *q)
{
	return queue_conn_number(q->conn);
}

bool
queue_db_notified(struct queue_db *q)
{
	return queue_conn_notified(q->conn);
}

/* One that memory is too short for is found again later. */
static void
read_more(struct queue_db *q,
    const struct claim_row_field row[CLAIM_ROW_COLUMNS])
{
	struct owing_account *more = q->more;

	if (q->more_count == q->more_max) {
		size_t max = q->more_max == 0 ? MORE_FIRST : 2 * q->more_max;

		more = reallocarray(more, max, sizeof *more);
		if (more == NULL)
			return;
		q->more = more;
		q->more_max = max;
	}
	more[q->more_count++] = claim_row_more(row);
}

/* A delivery that memory is too short for is owed again by its lease. */
static void
read_delivery(struct claim_reader *reader,
    const struct claim_row_field row[CLAIM_ROW_COLUMNS])
{
	struct queue_db_claim *c = reader->claim;
	struct attempt *a =
	    claim_row_attempt(row, reader->bytes_left, reader->queue->keys);

	if (a == NULL)
		return;
	c->seen_bytes += row[CLAIM_ROW_BODY].length;
	reader->bytes_left -= a->body_length;
	c->taken++;
	*reader->end = a;
	reader->end = &a->next;
}

static void
read_row(const PGresult *res, void *arg)
{
	struct claim_reader *reader = arg;
	struct claim_row_field row[CLAIM_ROW_COLUMNS];

	for (int i = 0; i < CLAIM_ROW_COLUMNS; i++) {
		row[i].bytes =
		    PQgetisnull(res, 0, i) ? NULL : PQgetvalue(res, 0, i);
		row[i].length = (size_t)PQgetlength(res, 0, i);
	}
	switch (claim_row_kind(row)) {
	case CLAIM_ROW_SUMMARY:
		reader->claim->answer.summary = claim_row_summary(row);
		break;
	case CLAIM_ROW_MORE:
		read_more(reader->queue, row);
		break;
	case CLAIM_ROW_DELIVERY:
		read_delivery(reader, row);
		break;
	}
}

enum queue_result
queue_db_claim(struct queue_db *q, const struct claim_order *order,
    const struct prefetch *hand, struct queue_db_claim *c)
{
	const struct queue_params *params =
	    claim_params_set(q->claim, order, hand);
	struct claim_reader reader = { q, c, &c->first,
		prefetch_bytes_left(hand) };
	long long began_us = clock_now_us();
	enum queue_result result;

	*c = (struct queue_db_claim){ 0 };
	q->more_count = 0;
	if (params == NULL)
		return QUEUE_FAILED;
	result = queue_conn_claim(q->conn, params, read_row, &reader);
	tally_call(TALLY_CLAIM, c->taken, clock_now_us() - began_us);
	if (result != QUEUE_DONE) {
		/* what came is nobody's: its lease ends by itself */
		attempt_free_all(c->first);
		*c = (struct queue_db_claim){ 0 };
		return result;
	}
	c->answer.taken = c->first;
	c->answer.more = q->more;
	c->answer.more_count = q->more_count;
	return QUEUE_DONE;
}

/* Call what returns the webhooks that changed, and log these. */
static enum queue_result
call_and_log_changes(struct queue_db *q, enum queue_call call,
    const struct queue_params *p)
{
	PGresult *res;
	enum queue_result result = queue_conn_call(q->conn, call, p, &res);

	for (int i = 0; i < PQntuples(res); i++) {
		const struct log_field fields[] = {
			{ "webhook", PQgetvalue(res, i, 0), 0 },
			{ NULL, NULL, 0 },
		};

		log_about(LOG_NOTICE, fields, "webhook %s%s%s",
		    PQgetvalue(res, i, 1), PQgetisnull(res, i, 2) ? "" : ": ",
		    PQgetvalue(res, i, 2));
	}
	PQclear(res);
	return result;
}

static size_t
count_linked(const struct attempt *a)
{
	size_t count = 0;

	for (; a != NULL; a = a->next)
		count++;
	return count;
}

enum queue_result
queue_db_record(struct queue_db *q, const struct attempt *first)
{
	const struct queue_params *params = record_params_set(q->record, first);
	long long began_us = clock_now_us();
	enum queue_result result;

	if (params == NULL)
		return QUEUE_FAILED;
	result = call_and_log_changes(q, QUEUE_RECORD, params);
	tally_call(TALLY_RECORD, count_linked(first),
	    clock_now_us() - began_us);
	return result;
}

enum queue_result
queue_db_apply_notes(struct queue_db *q)
{
	return call_and_log_changes(q, QUEUE_APPLY_NOTES, &no_params);
}

/* By the words of postern.go_idle. */
static enum queue_sleep
parse_sleep(const char *text)
{
	if (strcmp(text, "listening") == 0)
		return QUEUE_LISTENING;
	if (strcmp(text, "polling") == 0)
		return QUEUE_POLLING;
	return QUEUE_STANDBY;
}

enum queue_result
queue_db_go_idle(struct queue_db *q, enum queue_sleep *sleep, int *wait_ms)
{
	const char *listening = q->listening ? "t" : "f";
	const struct queue_params params = { 1, &listening,
		(const int[]){ 0 } };
	PGresult *res;
	enum queue_result result =
	    queue_conn_call(q->conn, QUEUE_GO_IDLE, &params, &res);

	if (result == QUEUE_DONE) {
		*sleep = parse_sleep(PQgetvalue(res, 0, 0));
		*wait_ms = PQgetisnull(res, 0, 1)
		    ? -1
		    : (int)strtol(PQgetvalue(res, 0, 1), NULL, 10);
		q->listening = *sleep == QUEUE_LISTENING;
	}
	PQclear(res);
	return result;
}

enum queue_result
queue_db_leave_idle(struct queue_db *q)
{
	PGresult *res;
	enum queue_result result;

	if (!q->listening)
		return QUEUE_DONE;
	result = queue_conn_call(q->conn, QUEUE_LEAVE_IDLE, &no_params, &res);
	if (result == QUEUE_DONE)
		q->listening = false;
	PQclear(res);
	return result;
}
