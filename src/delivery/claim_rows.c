/* claim_rows.c - decodes the rows of postern.claim into attempts. */
#include "delivery/claim_rows.h"

#include <arpa/inet.h>
#include <string.h>

/* Of a sealed secret, before its box. */
#define HEAD_BYTES \
	(ID_BYTES + SEAL_KEY_ID_BYTES + SEAL_KEY_BYTES + SEAL_NONCE_BYTES)

static int32_t
read_int4(const struct claim_row_field *f)
{
	uint32_t n;

	memcpy(&n, f->bytes, sizeof n);
	return (int32_t)ntohl(n);
}

static int64_t
read_int8(const struct claim_row_field *f)
{
	uint32_t n[2];

	memcpy(n, f->bytes, sizeof n);
	return (int64_t)((uint64_t)ntohl(n[0]) << 32 | ntohl(n[1]));
}

static float
read_float4(const struct claim_row_field *f)
{
	uint32_t bits = (uint32_t)read_int4(f);
	float number;

	memcpy(&number, &bits, sizeof number);
	return number;
}

enum claim_row_kind
claim_row_kind(const struct claim_row_field *row)
{
	if (row[CLAIM_ROW_WEBHOOK].bytes != NULL)
		return CLAIM_ROW_DELIVERY;
	return row[CLAIM_ROW_ACCOUNT].bytes != NULL ? CLAIM_ROW_MORE
						    : CLAIM_ROW_SUMMARY;
}

/* NULL: what it is instead. */
static int64_t
read_or(const struct claim_row_field *f, int64_t otherwise)
{
	return f->bytes == NULL ? otherwise : read_int8(f);
}

struct claim_row_summary
claim_row_summary(const struct claim_row_field *row)
{
	struct claim_row_summary s = {
		.high = read_or(&row[CLAIM_ROW_ID], 0),
		.fresh = read_int4(&row[CLAIM_ROW_ATTEMPT_NO]),
		.backlogs = read_int4(&row[CLAIM_ROW_RETRY_NO]),
		.notes = row[CLAIM_ROW_URL].bytes != NULL,
		.clogged = row[CLAIM_ROW_MAX_IN_FLIGHT].bytes != NULL,
		.lap_goes_on = row[CLAIM_ROW_MESSAGE].bytes != NULL,
		.lanes_go_on = row[CLAIM_ROW_DUE].bytes != NULL,
		.lanes_at = read_or(&row[CLAIM_ROW_DUE], 0),
		.top = read_or(&row[CLAIM_ROW_TOP], 0),
	};

	if (s.lap_goes_on)
		memcpy(s.lap_at, row[CLAIM_ROW_MESSAGE].bytes, ID_BYTES);
	return s;
}

struct owing_account
claim_row_more(const struct claim_row_field *row)
{
	struct owing_account more = {
		.low = read_or(&row[CLAIM_ROW_ID], OWING_NONE),
		.due = read_or(&row[CLAIM_ROW_DUE], OWING_NONE),
	};

	memcpy(more.account, row[CLAIM_ROW_ACCOUNT].bytes, ID_BYTES);
	return more;
}

/* An id of version 8 says that the secret is a longer one. */
static size_t
box_length(const unsigned char id[ID_BYTES])
{
	return id[6] >> 4 == 8 ? SEAL_BOX_MAX : SEAL_BOX_BYTES;
}

/* What stands between the id and the box; returns where the box is. */
static const unsigned char *
read_head(const unsigned char *from, unsigned char key_id[SEAL_KEY_ID_BYTES],
    unsigned char ephemeral[SEAL_KEY_BYTES],
    unsigned char nonce[SEAL_NONCE_BYTES])
{
	from += ID_BYTES;
	memcpy(key_id, from, SEAL_KEY_ID_BYTES);
	from += SEAL_KEY_ID_BYTES;
	memcpy(ephemeral, from, SEAL_KEY_BYTES);
	from += SEAL_KEY_BYTES;
	memcpy(nonce, from, SEAL_NONCE_BYTES);
	return from + SEAL_NONCE_BYTES;
}

/* The id, then what is sealed: how many bytes they are; 0: there is no more. */
static size_t
read_sealed(struct sealed *to, const unsigned char *from, size_t length)
{
	if (length < HEAD_BYTES)
		return 0;
	to->box_length = box_length(from);
	if (length < HEAD_BYTES + to->box_length)
		return 0;
	from = read_head(from, to->key_id, to->ephemeral, to->nonce);
	memcpy(to->box, from, to->box_length);
	return HEAD_BYTES + to->box_length;
}

static void
open_secrets(struct attempt *a, const struct claim_row_field *f,
    struct secret_cache *keys)
{
	const unsigned char *from = (const unsigned char *)f->bytes;
	size_t length = f->length, n;
	struct sealed sealed;

	while (a->secret_count < HMAC_SIGNATURE_KEYS_MAX &&
	    (n = read_sealed(&sealed, from, length)) > 0) {
		if (secret_cache_get(keys, from, &sealed,
			a->secrets[a->secret_count]))
			a->secret_count++;
		from += n;
		length -= n;
	}
}

/* Of an array of int4, in PostgreSQL's binary form. */
#define ARRAY_HEAD 20   /* one dimension, of so many elements, from 1 */
#define ARRAY_ELEMENT 8 /* its length, 4, and itself */

/* NULL: the default. An array without elements has no dimension. */
static void
read_schedule(struct retry_schedule *s, const struct claim_row_field *f)
{
	if (f->bytes == NULL)
		return;
	for (size_t at = ARRAY_HEAD; at + ARRAY_ELEMENT <= f->length &&
	     s->attempts < RETRY_SCHEDULE_ATTEMPTS_MAX - 1;
	     at += ARRAY_ELEMENT)
		s->delays_s[s->attempts++] = read_int4(
		    &(struct claim_row_field){ f->bytes + at + 4, 4 });
	s->attempts++;
}

/* What its webhook asks for. */
static void
read_wishes(struct attempt *a, const struct claim_row_field *row)
{
	if (row[CLAIM_ROW_MAX_IN_FLIGHT].bytes != NULL)
		a->max_in_flight =
		    (unsigned)read_int4(&row[CLAIM_ROW_MAX_IN_FLIGHT]);
	if (row[CLAIM_ROW_TIMEOUT].bytes != NULL)
		a->timeout_s = read_int4(&row[CLAIM_ROW_TIMEOUT]);
	read_schedule(&a->schedule, &row[CLAIM_ROW_RETRY_SCHEDULE]);
}

/* Memory may be too short: then it is sent later. */
static void
keep_headers(struct attempt *a, struct text headers)
{
	if (!attempt_set_headers(a, headers))
		attempt_end(a, ENDING_RETURNED, 0);
}

static void
open_headers(struct attempt *a, const struct claim_row_field *f,
    struct secret_cache *keys)
{
	const unsigned char *from = (const unsigned char *)f->bytes;
	struct sealed_text sealed;
	struct text headers;

	if (from == NULL)
		return;
	a->headers_closed = true;
	if (f->length < HEAD_BYTES ||
	    f->length - HEAD_BYTES > sizeof sealed.box)
		return;
	from = read_head(from, sealed.key_id, sealed.ephemeral, sealed.nonce);
	sealed.box_length = f->length - HEAD_BYTES;
	memcpy(sealed.box, from, sealed.box_length);
	a->headers_closed = !secret_cache_headers(keys,
	    (const unsigned char *)f->bytes, &sealed, &headers);
	if (!a->headers_closed)
		keep_headers(a, headers);
}

struct attempt *
claim_row_attempt(const struct claim_row_field *row, size_t room,
    struct secret_cache *keys)
{
	const struct claim_row_field *url = &row[CLAIM_ROW_URL];
	const struct claim_row_field *body = &row[CLAIM_ROW_BODY];
	const struct claim_row_field *trace = &row[CLAIM_ROW_TRACEPARENT];
	bool fits = body->length <= room;
	struct attempt *a = attempt_new(url->bytes == NULL ? "" : url->bytes,
	    url->length, fits ? body->bytes : NULL, fits ? body->length : 0);

	if (a == NULL)
		return NULL;
	a->id = read_int8(&row[CLAIM_ROW_ID]);
	a->attempt_no = read_int4(&row[CLAIM_ROW_ATTEMPT_NO]);
	a->retry_no = read_int4(&row[CLAIM_ROW_RETRY_NO]);
	read_wishes(a, row);
	a->share = read_float4(&row[CLAIM_ROW_SHARE]);
	a->standing = (enum standing)read_int4(&row[CLAIM_ROW_STANDING]);
	memcpy(a->account, row[CLAIM_ROW_ACCOUNT].bytes, ID_BYTES);
	memcpy(a->webhook, row[CLAIM_ROW_WEBHOOK].bytes, ID_BYTES);
	memcpy(a->message, row[CLAIM_ROW_MESSAGE].bytes, ID_BYTES);
	if (trace->bytes != NULL &&
	    traceparent_parse((struct text){ trace->bytes, trace->length },
		&a->trace))
		traceparent_begin_span(&a->trace);
	if (!fits) {
		attempt_end(a, ENDING_RETURNED, 0);
		return a;
	}
	open_secrets(a, &row[CLAIM_ROW_KEYS], keys);
	open_headers(a, &row[CLAIM_ROW_HEADERS], keys);
	return a;
}
