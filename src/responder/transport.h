/*
 * transport.h - requests in and responses out, over FastCGI or plain CGI.
 *
 * The only file that knows libfcgi. Descriptor 0 is the listening socket, as
 * spawn-fcgi and systemd hand it over, or else the environment is that of a
 * CGI program (RFC 3875) with one request. One struct transport per thread;
 * nothing is shared but the listener.
 */
#ifndef POSTERN_TRANSPORT_H
#define POSTERN_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/compiler.h"

enum transport_kind { TRANSPORT_NONE, TRANSPORT_FASTCGI, TRANSPORT_CGI };

struct transport;

/*
 * Is the environment a CGI program's? Then its arguments are the client's,
 * out of the query string (RFC 3875, 4.4), and nobody may act on them.
 */
bool transport_is_cgi(void);

/*
 * Call once, before any thread starts. NONE: neither a socket nor a CGI
 * environment; the program was started by hand.
 */
MUST_CHECK enum transport_kind transport_start(void);

/*
 * stop_fd becomes readable when the service stops. NULL, and logged, when a
 * resource is short. Pair with transport_close; NULL is fine.
 */
MUST_CHECK struct transport *transport_open(int stop_fd);
void transport_close(struct transport *t);

/* Wait for the next request; false when the service stops. */
MUST_CHECK bool transport_accept(struct transport *t);

/* A parameter of the request, or NULL. Lives until transport_finish. */
const char *transport_param(const struct transport *t, const char *name);

/*
 * Read up to size bytes of the body: how many, fewer only at its end; -1
 * when the web server broke off, or took longer than TRANSPORT_BODY_MS, and
 * TRANSPORT_PIECE_MS for each 64 KiB, as some hand a body on as slowly as it
 * comes.
 */
#define TRANSPORT_BODY_MS 2000
#define TRANSPORT_PIECE_MS 500
MUST_CHECK ssize_t transport_read(struct transport *t, char *buffer,
    size_t size);

/* Write a part of the response; transport_send is for the last one. */
void transport_write(struct transport *t, const char *text, size_t length);

/*
 * Send the whole response, or its last part, and wipe every copy that is
 * ours to wipe but the caller's own. What fits a buffer leaves in one piece.
 */
void transport_send(struct transport *t, const char *text, size_t length);

/*
 * Wait until the web server has taken the response, which it shows by closing
 * the connection; at most TRANSPORT_LINGER_MS.
 */
#define TRANSPORT_LINGER_MS 500
void transport_linger(struct transport *t);

/* The request is over: close its connection. */
void transport_finish(struct transport *t);

#endif
