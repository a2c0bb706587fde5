/*
 * transfer.h - one attempt as an HTTP exchange: signs it, and reads its end.
 *
 * A transfer is made once and used for one attempt after the other.
 */
#ifndef POSTERN_TRANSFER_H
#define POSTERN_TRANSFER_H

#include <stdbool.h>

#include "delivery/attempt.h"
#include "common/hmac_signature.h"
#include "delivery/platform_signer.h"
#include "http/client.h"

/* The header fields that are ours: a line each, and the signatures. */
#define TRANSFER_FIELDS_MAX \
	(384 + HMAC_SIGNATURE_MAX + PLATFORM_SIGNER_TEXT_MAX)

struct transfer {
	struct transfer *next;  /* of those that are idle */
	struct transfer *older; /* of all */
	struct http_exchange exchange;
	struct attempt *attempt; /* NULL: idle */
	char fields[TRANSFER_FIELDS_MAX];
};

/* Sign the attempt, and prepare its exchange but for ended and arg. */
void transfer_begin(struct transfer *t, struct attempt *a,
    struct platform_signer *signers);

/* The exchange has ended: end the attempt, and give it back. */
MUST_CHECK struct attempt *transfer_end(struct transfer *t);

#endif
