/*
 * transfer.h - one HTTP request by libcurl: its options, its end.
 *
 * A transfer is made once and used for one attempt after the other.
 */
#ifndef POSTERN_TRANSFER_H
#define POSTERN_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>

#include <curl/curl.h>

#include "common/target.h"
#include "delivery/attempt.h"
#include "delivery/signers.h"

#define TRANSFER_READ_MAX 16384	/* bytes of an answer's head, and of its body */

struct transfer {
	struct transfer *next;		/* whoever has it in hand links it */
	CURL *easy;
	const struct target_policy *policy;
	struct signers *signers;
	struct attempt *attempt;	/* NULL: idle */
	struct curl_slist *headers;
	size_t head_length, body_length;
	bool refused;			/* an address was */
	bool plain;			/* it is http, which is not allowed */
	bool cut;			/* the body is longer than we read */
	char error[CURL_ERROR_SIZE];
};

struct transfer_options {
	const struct target_policy *policy;	/* borrowed */
	struct signers *signers;	/* borrowed */
	const char *ca_file;		/* NULL: the system's */
	CURLSH *share;
};

/* NULL when memory is short. Pair with transfer_free. */
struct transfer *transfer_new(const struct transfer_options *o);
void transfer_free(struct transfer *t);

/* Prepare the request of an attempt. False when memory is short. */
bool transfer_begin(struct transfer *t, struct attempt *a);

/* It is over with this code: fill in the attempt, and let go of it. */
struct attempt *transfer_end(struct transfer *t, CURLcode code);

#endif
