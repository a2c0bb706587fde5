/* publish_db.c - requests to publish as calls of postern.api_publish. */
#include "responder/publish_db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "responder/publication.h"

enum column { OUTCOME, IDS, PARAMETER, VALUE, SENTENCE, RETRY_AFTER, COLUMNS };

/* The parameters of postern.api_publish, in its order. */
enum parameter {
	TOKEN_HASHES,
	KEYS,
	FINGERPRINTS,
	TRACEPARENTS,
	MESSAGE_OF,
	ACCOUNTS,
	TYPES,
	DATA,
	DEDUP_KEYS,
	PARAMETERS
};

static const enum pgarray_type types[PARAMETERS] = {
	[TOKEN_HASHES] = PGARRAY_BYTEA,
	[KEYS] = PGARRAY_TEXT,
	[FINGERPRINTS] = PGARRAY_BYTEA,
	[TRACEPARENTS] = PGARRAY_TEXT,
	[MESSAGE_OF] = PGARRAY_INT4,
	[ACCOUNTS] = PGARRAY_TEXT,
	[TYPES] = PGARRAY_TEXT,
	[DATA] = PGARRAY_TEXT,
	[DEDUP_KEYS] = PGARRAY_TEXT,
};

static const char publish_sql[] =
    "SELECT outcome, pg_catalog.array_to_json(ids), parameter, value, "
    "sentence, retry_after "
    "FROM postern.api_publish($1::pg_catalog.bytea[], $2::pg_catalog.text[], "
    "$3::pg_catalog.bytea[], $4::pg_catalog.text[], $5::pg_catalog.int4[], "
    "$6::pg_catalog.text[], $7::pg_catalog.text[], $8::pg_catalog.text[], "
    "$9::pg_catalog.text[])";

static void
add_text(struct pgarray *a, struct text t)
{
	if (t.start == NULL)
		pgarray_add_null(a);
	else
		pgarray_add(a, t.start, t.length);
}

/* "": null. */
static void
add_string(struct pgarray *a, const char *s)
{
	add_text(a, (struct text){ *s == '\0' ? NULL : s, strlen(s) });
}

static void
add_request(struct pgarray *a, const struct pending *p, int32_t row)
{
	const struct publication *r =
	    ((const struct pending_publication *)p)->publication;

	pgarray_add(&a[TOKEN_HASHES], r->token_hash, sizeof r->token_hash);
	add_string(&a[KEYS], r->key);
	pgarray_add(&a[FINGERPRINTS], r->hash, sizeof r->hash);
	add_string(&a[TRACEPARENTS], r->trace);
	for (size_t i = 0; i < r->parsed.count; i++) {
		const struct message *m = &r->parsed.messages[i];

		pgarray_add_int4(&a[MESSAGE_OF], row);
		add_text(&a[ACCOUNTS], m->account);
		add_text(&a[TYPES], m->type);
		add_text(&a[DATA], m->data);
		add_text(&a[DEDUP_KEYS], m->key);
	}
}

/* {"ids":["msg_..."]}; NULL: memory is short. */
static char *
write_ids(const char *list)
{
	size_t size = strlen(list) + sizeof "{\"ids\":}";
	char *text = malloc(size);

	if (text != NULL)
		snprintf(text, size, "{\"ids\":%s}", list);
	return text;
}

/* What is too long is left out; null is "". */
static void
copy_field(const PGresult *rows, int row, enum column column, char *to,
    size_t size)
{
	const char *text = PQgetvalue(rows, row, column);

	snprintf(to, size, "%s", strlen(text) < size ? text : "");
}

static bool
read_reply(const PGresult *rows, int row, struct pending *p)
{
	struct publication_reply *reply =
	    &((struct pending_publication *)p)->reply;

	if (!pending_reply_word(p, PQgetvalue(rows, row, OUTCOME),
		PQgetvalue(rows, row, RETRY_AFTER)))
		return false;
	free(reply->ids);
	*reply = (struct publication_reply){ .ids = NULL };
	if (p->outcome == OUTCOME_ACCEPTED)
		reply->ids = write_ids(PQgetvalue(rows, row, IDS));
	if (p->outcome == OUTCOME_ACCEPTED && reply->ids == NULL)
		p->outcome = OUTCOME_SERVICE_UNAVAILABLE;
	copy_field(rows, row, PARAMETER, reply->parameter,
	    sizeof reply->parameter);
	copy_field(rows, row, VALUE, reply->value, sizeof reply->value);
	copy_field(rows, row, SENTENCE, reply->sentence,
	    sizeof reply->sentence);
	return true;
}

const struct commit_kind publish_db_kind = {
	.purpose = "publishing",
	.function = "postern.api_publish",
	.name = "publish",
	.sql = publish_sql,
	.types = types,
	.parameters = PARAMETERS,
	.columns = COLUMNS,
	.batch_max = PUBLISH_DB_BATCH_MAX,
	.bytes_max = PUBLISH_DB_BYTES_MAX,
	.tally = TALLY_MESSAGES,
	.size = sizeof(struct pending_publication),
	.add = add_request,
	.read = read_reply,
	.clear = publication_clear,
	.destroy = publication_clear,
};
