/*
 * tls_peer.h - the other end of TLS: a server on a pair of sockets.
 *
 * Both ends are run in turn by one thread, so that nothing waits and each
 * test sees every step.
 */
#ifndef TEST_TLS_PEER_H
#define TEST_TLS_PEER_H

#include <stdbool.h>

#include <openssl/ssl.h>

#include "http/tls.h"

struct peer_options {
	const char *names; /* as in a certificate; NULL: DNS:receiver.test */
	int from_days, to_days; /* from today; 0 and 0: valid */
	int to_seconds;         /* from now; 0: by days */
	bool self_signed;
	bool stranger;     /* signed by a CA that we do not have */
	bool intermediate; /* signed by one that our CA has signed... */
	bool incomplete;   /* ...and which is not sent */
	bool wants_certificate;
	int version_min, version_max; /* 0: any */
	const char *alpn; /* what it chooses; NULL: as offered; "": refuses */
};

struct peer {
	SSL_CTX *context;
	SSL *ssl; /* NULL: not connected */
	int fd;   /* of the server; -1: none */
	int client_fd;
	struct tls *tls; /* the client's */
};

/* A CA of our own, and its certificate in a file; for the whole test. */
const char *peer_ca_file(void);
void peer_ca_remove(void);

void peer_open(struct peer *p, const struct peer_options *options);
void peer_close(struct peer *p);

/* A new connection between the client and the peer, with nothing done. */
void peer_connect(struct peer *p, struct tls_context *c, const char *host);
void peer_disconnect(struct peer *p);

/* Both ends shake hands; how it went for the client. */
enum tls_result peer_shake(struct peer *p);

/* The peer writes this; the client then reads, as often as it takes. */
void peer_write(struct peer *p, const char *text);
enum tls_result peer_read(struct peer *p, char *to, size_t size);

#endif
