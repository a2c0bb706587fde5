/*
 * signature_parts.h - what a signature is checked by: headers, items, keys.
 *
 * For signature_check.c, which judges what this has read. What cannot be used
 * is a finding.
 */
#ifndef POSTERN_SIGNATURE_PARTS_H
#define POSTERN_SIGNATURE_PARTS_H

#include <stddef.h>

#include "common/ed25519_key.h"
#include "common/secret.h"

#include "cli/signature_check.h"
#include "cli/signature_trial.h"

struct signature_parts {
	const struct signature_question *question;
	struct signature_report *report;
	struct signature_trial trial; /* the v1 items, the secrets */
	struct hmac_signature_key keys[SIGNATURE_CHECK_KEYS_MAX];
	struct text secrets[SIGNATURE_CHECK_KEYS_MAX];
	unsigned char bytes[SIGNATURE_CHECK_KEYS_MAX][SECRET_READ_MAX];
	unsigned char public_keys[SIGNATURE_CHECK_KEYS_MAX]
				 [KEYFILE_PUBLIC_BYTES];
	size_t public_count;
	unsigned char v1a[SIGNATURE_TRIAL_MACS_MAX][ED25519_SIGNATURE_BYTES];
	size_t v1a_count;
};

/* Fill them, zeroed but for question and report. */
void signature_parts_read(struct signature_parts *p);

/* Add a finding to the report; more than there is room for are dropped. */
void signature_parts_find(struct signature_parts *p, const char *cause,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
