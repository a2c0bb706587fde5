/* name_reply.h - what a reply of the name servers says. */
#ifndef POSTERN_HTTP_NAME_REPLY_H
#define POSTERN_HTTP_NAME_REPLY_H

#include "http/name_answer.h"

/* status is what c-ares says of it; without success there is no packet. */
void name_reply_read(struct name_answer *a, sa_family_t family, int status,
    const unsigned char *packet, int length);

#endif
