/*
 * attempt.h - one attempt at a delivery: what to send, and how it ended.
 *
 * Made from a claimed row, filled by the sender, recorded in the queue. It
 * holds opened secrets and headers, which attempt_free wipes.
 */
#ifndef POSTERN_ATTEMPT_H
#define POSTERN_ATTEMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/id.h"
#include "common/secret.h"
#include "common/text.h"
#include "common/traceparent.h"
#include "common/hmac_signature.h"
#include "delivery/retry_schedule.h"
#include "delivery/verdict.h"

#define ATTEMPT_MESSAGE_LENGTH (4 + 2 * ID_BYTES) /* msg_ and hex */
#define ATTEMPT_TIMESTAMP_MAX 20                  /* digits */
#define ATTEMPT_HEAD_MAX 64     /* id, timestamp, two full stops, NUL */
#define ATTEMPT_ANSWER_MAX 1024 /* bytes kept for the operator */
#define ATTEMPT_HEADERS_MAX 2048

/*
 * What is noted of an attempt for the operator: each is a member of struct
 * attempt and a parameter of postern.record, in this order and after its
 * others. All but the status is also a member of struct http_exchange
 * (http/client.h), which says what the times are. A new column is a line at
 * the end, and where the client sets it. 0, an empty text and no bytes are
 * SQL's NULL.
 */
/* clang-format off */
#define ATTEMPT_FACTS(INTEGER, TIME, TEXT, BYTES)                         \
	INTEGER(status)                  /* of HTTP */                    \
	TIME(name_us)                                                     \
	TIME(connect_us)                                                  \
	TIME(tls_us)                                                      \
	TIME(first_us)                   /* the answer's first byte */    \
	TIME(total_us)                                                    \
	TEXT(peer, 64)                   /* address and port */           \
	TEXT(tls, 16)                    /* its version */                \
	BYTES(answer, ATTEMPT_ANSWER_MAX)                                 \
	TEXT(error, 256)                 /* in words */               \
	BYTES(answer_headers, ATTEMPT_HEADERS_MAX)
/* clang-format on */

#define ATTEMPT_INTEGER(name) int32_t name;
#define ATTEMPT_TIME(name) int32_t name;
#define ATTEMPT_TEXT(name, size) char name[size];
#define ATTEMPT_BYTES(name, size) \
	unsigned char name[size]; \
	size_t name##_length;

/* What is known of a webhook. */
enum standing {
	STANDING_PROVEN,  /* it took its last delivery, and soon enough */
	STANDING_NEW,     /* it has yet to prove that it answers */
	STANDING_FAILING, /* so too, and it has failed before */
	STANDING_COUNT
};

struct attempt {
	struct attempt *next; /* whoever has it in hand links it */

	int64_t id;
	int32_t attempt_no; /* counts claims: the fencing token */
	int32_t retry_no;   /* counts retries of the schedule */
	unsigned char webhook[ID_BYTES];
	unsigned char account[ID_BYTES]; /* its webhook's */
	float share; /* the account's weight, beside that of others */
	enum standing standing; /* its webhook's, when it was claimed */
	unsigned char message[ID_BYTES];
	struct traceparent trace; /* the span is the attempt's own */
	unsigned char secrets[HMAC_SIGNATURE_KEYS_MAX][SECRET_READ_MAX];
	size_t secret_count;
	char *headers; /* of the webhook, as header_block.h has them; or NULL */
	size_t headers_length;
	bool headers_closed;    /* there are some that no key opens */
	unsigned max_in_flight; /* to its webhook, as it asks; 0: any number */
	int32_t timeout_s;      /* so too; 0: HTTP_TOTAL_MS */
	struct retry_schedule schedule; /* its webhook's */
	const char *url;
	char *body; /* NULL: the message is gone */
	size_t body_length;

	/* the scheduler's own */
	struct attempt *before; /* of those in flight to its webhook */
	enum standing place;    /* the pool that it has a place of */
	long long since_ms;     /* claimed (0: not known), in hand, in flight */

	unsigned beside; /* in flight to its webhook when it began, with it */
	unsigned limit;  /* how many may be, when it ended; 0: not known */
	bool stalled;    /* its webhook had, then: let none wait for it */
	long long began_ms; /* of clock_now_ms; 0: it was not sent */

	enum ending ending;
	const struct verdict *verdict; /* NULL: it has not ended */
	long retry_after;              /* seconds that the answer asks for */
	ATTEMPT_FACTS(ATTEMPT_INTEGER, ATTEMPT_TIME, ATTEMPT_TEXT,
	    ATTEMPT_BYTES)

	char text[]; /* url, room for a head, body */
};

/*
 * A new one with copies of the texts; body may be NULL. NULL when memory is
 * short.
 */
MUST_CHECK struct attempt *attempt_new(const char *url, size_t url_length,
    const char *body, size_t body_length);

/* Give it a copy of its webhook's headers, once. False: memory is short. */
MUST_CHECK bool attempt_set_headers(struct attempt *a, struct text headers);

/* Wipe and free one, or all that are linked; NULL is fine. */
void attempt_free(struct attempt *a);
void attempt_free_all(struct attempt *first);

/*
 * It has ended so: set ending, status and verdict. Whoever ends an attempt
 * calls this, once.
 */
void attempt_end(struct attempt *a, enum ending ending, int status);

/* Return it unsent: there is no room for its body, which it loses. */
void attempt_leave_out(struct attempt *a);

/* The message's id as receivers see it, with a NUL. */
void attempt_message(const struct attempt *a,
    char text[ATTEMPT_MESSAGE_LENGTH + 1]);

/*
 * What is signed, id.timestamp.body, in place: the body is its end. It stays
 * as it is until the next call.
 */
MUST_CHECK const char *attempt_content(struct attempt *a, const char *timestamp,
    size_t *length);

/* Log it: as a warning if it failed. Ids and facts, never URL or body. */
void attempt_log(const struct attempt *a);

#endif
