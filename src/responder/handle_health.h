/*
 * handle_health.h - handlers of GET /healthz and GET /readyz.
 *
 * For monitoring: neither asks for a token, and the web server lets local
 * addresses alone ask.
 */
#ifndef POSTERN_HANDLE_HEALTH_H
#define POSTERN_HANDLE_HEALTH_H

struct response;
struct request;
struct server;

/* This program serves, whatever the database does. */
void handle_healthz(struct server *server, struct request *request,
    struct response *response);

/* OK, or NOT_READY; the body tells the database from the worker. */
void handle_readyz(struct server *server, struct request *request,
    struct response *response);

#endif
