/* handle_register.h - handler of POST /v1/webhooks/register. */
#ifndef POSTERN_HANDLE_REGISTER_H
#define POSTERN_HANDLE_REGISTER_H

struct response;
struct request;
struct server;

void handle_register(struct server *server, struct request *request,
    struct response *response);

#endif
