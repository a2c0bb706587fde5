/*
 * attempt.h - one delivery in hand: what is owed, and what came of it.
 *
 * Made by the queue, filled by the sender, recorded by the queue again. It
 * holds opened secrets, which attempt_free wipes.
 */
#ifndef POSTERN_ATTEMPT_H
#define POSTERN_ATTEMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/id.h"
#include "common/secret.h"
#include "delivery/hmac_signature.h"
#include "delivery/verdict.h"

#define ATTEMPT_MESSAGE_LENGTH (4 + 2 * ID_BYTES) /* msg_ and hex */
#define ATTEMPT_TIMESTAMP_MAX 20                  /* digits */
#define ATTEMPT_HEAD_MAX 64     /* id, timestamp, two full stops, NUL */
#define ATTEMPT_ANSWER_MAX 1024 /* bytes kept for the operator */
#define ATTEMPT_ERROR_MAX 256   /* as libcurl's error buffer */
#define ATTEMPT_PEER_MAX 64

/* Microseconds from the start; 0: it did not get so far. */
struct attempt_times {
	int32_t name, connect, tls, first, total;
};

struct attempt {
	struct attempt *next; /* whoever has it in hand links it */

	int64_t id;
	int32_t attempt_no, retry_no;
	unsigned char webhook[ID_BYTES];
	unsigned char message[ID_BYTES];
	unsigned char secrets[HMAC_SIGNATURE_KEYS_MAX][SECRET_BYTES];
	size_t secret_count;
	const char *url;
	char *body; /* NULL: the message is gone */
	size_t body_length;

	bool probation; /* its webhook is not known to answer */
	bool failing;   /* and has failed before */
	enum ending ending;
	const struct verdict *verdict; /* NULL: it has not ended */
	int status;                    /* 0: no answer */
	long retry_after;              /* seconds asked for */
	long long began_ms;            /* of clock_now_ms */
	struct attempt_times times;
	const char *tls; /* a constant text, or NULL */
	char peer[ATTEMPT_PEER_MAX];
	char error[ATTEMPT_ERROR_MAX]; /* empty: none */
	unsigned char answer[ATTEMPT_ANSWER_MAX];
	size_t answer_length;

	char text[]; /* url, room for a head, body */
};

/*
 * A new one with copies of the texts; body may be NULL. NULL when memory is
 * short.
 */
struct attempt *attempt_new(const char *url, size_t url_length,
    const char *body, size_t body_length);

/* Wipe and free one, or all that are linked; NULL is fine. */
void attempt_free(struct attempt *a);
void attempt_free_all(struct attempt *first);

/*
 * It has ended so: set ending, status and verdict. Whoever ends an attempt
 * calls this, once.
 */
void attempt_end(struct attempt *a, enum ending ending, int status);

/* The message's id as receivers see it, with a NUL. */
void attempt_message(const struct attempt *a,
    char text[ATTEMPT_MESSAGE_LENGTH + 1]);

/*
 * What is signed, id.timestamp.body, in place: the body is its end. It stays
 * as it is until the next call.
 */
const char *attempt_content(struct attempt *a, const char *timestamp,
    size_t *length);

/* Log it if it failed: ids and facts, never URL or body. */
void attempt_log(const struct attempt *a);

#endif
