/*
 * signature_trial.h - does a request verify once something about it is undone?
 *
 * A signature does not say what is wrong. But most faults are of a few kinds:
 * the body was parsed and written again, lost its last byte, the secret was
 * used without decoding it. Each is undone in turn; the one that makes the
 * signature good is the fault.
 */
#ifndef POSTERN_SIGNATURE_TRIAL_H
#define POSTERN_SIGNATURE_TRIAL_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "common/hmac_signature.h"
#include "common/text.h"

#define SIGNATURE_TRIAL_MACS_MAX 16
#define SIGNATURE_TRIAL_MAC_BYTES 32

struct signature_trial {
	struct text id, timestamp, body;
	unsigned char macs[SIGNATURE_TRIAL_MACS_MAX][SIGNATURE_TRIAL_MAC_BYTES];
	size_t mac_count; /* the v1 signatures that were sent */
	const struct hmac_signature_key *keys;
	const struct text *secrets; /* the texts that the keys are from */
	size_t key_count;
};

struct signature_fault {
	const char *cause, *sentence;
};

/* Is one of the signatures good as it is? false, too: out of memory. */
MUST_CHECK bool signature_trial_good(const struct signature_trial *trial);

/* What made it bad; NULL: none of the faults that are known. */
const struct signature_fault *signature_trial_fault(
    const struct signature_trial *trial);

#endif
