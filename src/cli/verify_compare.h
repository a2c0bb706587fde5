/*
 * verify_compare.h - was a request's body changed? The API knows what was sent.
 *
 * A signature that is bad does not tell a wrong secret from a changed body. The
 * account's feed has the event, byte for byte, by its webhook-id.
 */
#ifndef POSTERN_VERIFY_COMPARE_H
#define POSTERN_VERIFY_COMPARE_H

#include "common/compiler.h"

#include "cli/command.h"
#include "cli/http_message.h"
#include "cli/signature_check.h"

/*
 * Ask for the event of the request, and put what is found in the place of the
 * finding key_or_body. EXIT_SUCCESS; or the status to exit with, and it has
 * been said why.
 */
MUST_CHECK int verify_compare(const struct invocation *call,
    const struct http_message *request, struct signature_report *report);

/*
 * When a message was made, in seconds since 1970, by its id: msg_ and a UUIDv7
 * in hexadecimal. False: it is no such id. Pure, as the next.
 */
MUST_CHECK bool verify_compare_made_at(struct text id, long long *seconds);

/* What the finding is, given the body as it was sent and as it came. */
void verify_compare_bodies(struct text sent, struct text came,
    struct signature_finding *finding);

#endif
