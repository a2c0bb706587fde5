/*
 * signature_check.h - is a webhook's request genuine, and if not, why?
 *
 * Standard Webhooks 1.0.0: v1 items by the webhook's secret, v1a items by the
 * platform's public key. Pure: the time is an argument.
 */
#ifndef POSTERN_SIGNATURE_CHECK_H
#define POSTERN_SIGNATURE_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "common/text.h"

#include "cli/http_message.h"

#define SIGNATURE_CHECK_KEYS_MAX 8
#define SIGNATURE_CHECK_FINDINGS_MAX 8
#define SIGNATURE_CHECK_AGE 300 /* seconds that a timestamp may be off */

struct signature_question {
	const struct http_message *request;
	/* As their owner wrote them, whsec_... and whpk_... */
	struct text secrets[SIGNATURE_CHECK_KEYS_MAX];
	size_t secret_count;
	struct text public_keys[SIGNATURE_CHECK_KEYS_MAX];
	size_t public_count;
	long long now; /* seconds since 1970 */
	unsigned age;  /* that the timestamp may be off; 0: any */
};

struct signature_finding {
	const char *cause; /* one word, for programs */
	char text[320];    /* a sentence or two, which may quote the request */
};

struct signature_report {
	bool verified;    /* then there are no findings */
	const char *with; /* "v1" or "v1a"; NULL: no signature is good */
	size_t count;
	struct signature_finding findings[SIGNATURE_CHECK_FINDINGS_MAX];
};

/*
 * Check it. There must be a secret or a public key. false: out of memory.
 */
MUST_CHECK bool signature_check(const struct signature_question *question,
    struct signature_report *report);

#endif
