/*
 * publish.c - publishes at a constant rate, and says when each was committed.
 *
 * usage: publish -d CONNINFO -q QUERY -r RATE -s SECONDS
 *
 * QUERY has one parameter, the number of the publish, from 0; it returns the
 * ids of what it published. Each is printed with two times, in microseconds
 * since 1970: when the publish was due, and when its COMMIT was confirmed.
 * One that is late does not put off those after it.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "process.h"

static void
await_time(int64_t us)
{
	struct timespec t = { us / 1000000, us % 1000000 * 1000 };

	while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL) != 0)
		continue;
}

static bool
publish(PGconn *db, long number, int64_t due)
{
	char text[24];
	const char *values[] = { text };
	PGresult *r;
	int64_t done;
	bool good;

	snprintf(text, sizeof text, "%ld", number);
	r = PQexecPrepared(db, "publish", 1, values, NULL, NULL, 0);
	done = now_us(CLOCK_REALTIME);
	good = PQresultStatus(r) == PGRES_TUPLES_OK;
	if (!good)
		fprintf(stderr, "publish: %s", PQerrorMessage(db));
	for (int i = 0; good && i < PQntuples(r); i++)
		printf("%s\t%lld\t%lld\n", PQgetvalue(r, i, 0), (long long)due,
		    (long long)done);
	PQclear(r);
	return good;
}

static bool
run(PGconn *db, double rate, double seconds)
{
	int64_t start = now_us(CLOCK_REALTIME) + 10000;
	long count = (long)(rate * seconds);

	for (long i = 0; i < count; i++) {
		int64_t due = start + (int64_t)((double)i * 1000000.0 / rate);

		await_time(due);
		if (!publish(db, i, due))
			return false;
	}
	return true;
}

static PGconn *
dial(const char *conninfo, const char *query)
{
	PGconn *db = PQconnectdb(conninfo);
	PGresult *r = PQprepare(db, "publish", query, 1, NULL);

	if (PQresultStatus(r) != PGRES_COMMAND_OK) {
		fprintf(stderr, "publish: %s", PQerrorMessage(db));
		exit(1);
	}
	PQclear(r);
	return db;
}

int
main(int argc, char **argv)
{
	const char *conninfo = NULL, *query = NULL;
	double rate = 0, seconds = 0;
	PGconn *db;
	bool good;
	int c;

	while ((c = getopt(argc, argv, "d:q:r:s:")) != -1) {
		switch (c) {
		case 'd':
			conninfo = optarg;
			break;
		case 'q':
			query = optarg;
			break;
		case 'r':
			rate = strtod(optarg, NULL);
			break;
		case 's':
			seconds = strtod(optarg, NULL);
			break;
		}
	}
	if (conninfo == NULL || query == NULL || rate <= 0 || seconds <= 0) {
		fputs("usage: publish -d CONNINFO -q QUERY -r RATE"
		      " -s SECONDS\n",
		    stderr);
		return 2;
	}
	db = dial(conninfo, query);
	good = run(db, rate, seconds);
	PQfinish(db);
	return !good;
}
