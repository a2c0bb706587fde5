/* register.h - POST /v1/webhooks/register: admit, parse, seal, store. */
#ifndef POSTERN_REGISTER_H
#define POSTERN_REGISTER_H

struct answer;
struct request;
struct service;

void register_handle(struct service *service, struct request *request,
    struct answer *answer);

#endif
