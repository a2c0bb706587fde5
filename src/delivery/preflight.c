/* preflight.c - self-check: could a worker do its work? */
#include "delivery/preflight.h"

#include <stdio.h>

#include <libpq-fe.h>

#include "common/pg.h"
#include "common/pgarray.h"
#include "delivery/queue_conn.h"
#include "http/tls.h"

/* Ask a function that takes ids and returns NULL, or what is wrong. */
static bool
ask_ready(PGconn *conn, const char *query, struct pgarray *ids, char *why,
    size_t why_size)
{
	PGresult *res = NULL;
	bool ok = false;

	snprintf(why, why_size, "out of memory");
	if (!pgarray_end(ids, PGARRAY_BYTEA))
		goto out;
	res = pg_ask(conn, query, ids->bytes, ids->length);
	if (PQresultStatus(res) != PGRES_TUPLES_OK) {
		pg_error(conn, why, why_size);
		goto out;
	}
	ok = PQgetisnull(res, 0, 0);
	snprintf(why, why_size, "%s", PQgetvalue(res, 0, 0));
out:
	PQclear(res);
	return ok;
}

static bool
check_certificates(const char *ca_file, char *why, size_t why_size)
{
	char tls_why[TLS_WHY_MAX];
	struct tls_context *tls = tls_context_open(ca_file, 1, tls_why);

	if (tls == NULL)
		snprintf(why, why_size, "%s", tls_why);
	tls_context_close(tls);
	return tls != NULL;
}

/* Does the schema have what upkeep calls? */
static bool
check_upkeep(const char *conninfo, char *why, size_t why_size)
{
	PGconn *conn = queue_conn_dial(conninfo, QUEUE_UPKEEP, why, why_size);
	bool ok = conn != NULL;

	PQfinish(conn);
	return ok;
}

#define IDS "($1::pg_catalog.bytea[])"

static const char *const asks_for_keys[] = {
	[PREFLIGHT_ALL] = "SELECT postern.delivery_ready" IDS,
	[PREFLIGHT_START] = "SELECT postern.delivery_starts" IDS,
};

static bool
check_database(enum preflight how, const char *conninfo,
    const struct secret_cache *keys, const struct platform_signer *signers,
    char *why, size_t why_size)
{
	struct pgarray opens = { 0 }, signs = { 0 };
	PGconn *conn =
	    queue_conn_dial(conninfo, QUEUE_DELIVERIES, why, why_size);
	bool ok;

	for (size_t i = 0; i < secret_cache_key_count(keys); i++)
		pgarray_add(&opens, secret_cache_key_id(keys, i),
		    KEYFILE_ID_BYTES);
	for (size_t i = 0;
	     signers != NULL && i < platform_signer_key_count(signers); i++)
		pgarray_add(&signs, platform_signer_key_id(signers, i),
		    KEYFILE_ID_BYTES);
	ok = conn != NULL &&
	    ask_ready(conn, asks_for_keys[how], &opens, why, why_size) &&
	    (signers == NULL || how == PREFLIGHT_START ||
		ask_ready(conn, "SELECT postern.signing_ready" IDS, &signs, why,
		    why_size));
	pgarray_clear(&opens);
	pgarray_clear(&signs);
	PQfinish(conn);
	return ok && check_upkeep(conninfo, why, why_size);
}

bool
preflight_check(enum preflight how, const char *conninfo, const char *ca_file,
    const struct secret_cache *keys, const struct platform_signer *signers,
    char *why, size_t why_size)
{
	return check_certificates(ca_file, why, why_size) &&
	    check_database(how, conninfo, keys, signers, why, why_size);
}
