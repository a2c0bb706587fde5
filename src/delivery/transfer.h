/*
 * transfer.h - one HTTP request by libcurl: its options, and how it ended.
 *
 * A transfer is made once and used for one attempt after the other. Each
 * attempt has an easy handle of its own: libcurl 7.88 keeps a pointer into the
 * previous answer's headers, and follows it when the next answer begins with a
 * folded line. Connections are kept by the multi handle.
 */
#ifndef POSTERN_TRANSFER_H
#define POSTERN_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>

#include <curl/curl.h>

#include "common/egress_policy.h"
#include "delivery/attempt.h"
#include "delivery/platform_signer.h"

#define TRANSFER_READ_MAX 16384 /* bytes of an answer's head, and of its body */

struct transfer_options {
	const struct egress_policy *policy; /* borrowed */
	struct platform_signer *signers;    /* borrowed */
	const char *ca_file;                /* NULL: the system's; borrowed */
	CURLSH *share;
};

struct transfer {
	struct transfer *next; /* whoever has it in hand links it */
	struct transfer_options options;
	CURL *easy;              /* of the attempt; NULL: idle */
	struct attempt *attempt; /* NULL: idle */
	struct curl_slist *headers;
	size_t head_length, body_length;
	bool address_refused; /* one where we never send */
	bool http_refused;    /* it is not https, and must be */
	bool cut;             /* the body is longer than we read */
	char error[CURL_ERROR_SIZE];
};

/* NULL when memory is short. Pair with transfer_free. */
MUST_CHECK struct transfer *transfer_new(const struct transfer_options *o);
void transfer_free(struct transfer *t);

/* Prepare the request of an attempt. False when memory is short. */
MUST_CHECK bool transfer_begin(struct transfer *t, struct attempt *a);

/* Give the attempt back to its owner, without a request. */
void transfer_drop(struct transfer *t);

/*
 * The request is over with this code, and its easy handle is in no multi
 * handle any longer. End the attempt, and give it back.
 */
MUST_CHECK struct attempt *transfer_end(struct transfer *t, CURLcode code);

#endif
