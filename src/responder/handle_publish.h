/* handle_publish.h - handler of POST /v1/messages. */
#ifndef POSTERN_HANDLE_PUBLISH_H
#define POSTERN_HANDLE_PUBLISH_H

struct response;
struct request;
struct server;

void handle_publish(struct server *server, struct request *request,
    struct response *response);

#endif
