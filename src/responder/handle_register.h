/* handle_register.h - POST /v1/webhooks/register: admit, parse, seal, store. */
#ifndef POSTERN_HANDLE_REGISTER_H
#define POSTERN_HANDLE_REGISTER_H

struct answer;
struct request;
struct server;

void handle_register(struct server *service, struct request *request,
    struct answer *answer);

#endif
