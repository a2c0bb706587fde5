/*
 * tls_sessions.h - TLS sessions to resume, by host and port; plain bytes.
 *
 * Several may be kept for one host and port: of those that serve once, one is
 * needed for each connection. The newest is found first. Sessions and bytes
 * are bounded; what was used or kept longest ago goes first. The times are by
 * one clock of the caller's, in milliseconds.
 */
#ifndef POSTERN_TLS_SESSIONS_H
#define POSTERN_TLS_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"

#define TLS_SESSIONS_EACH 8        /* for one host and port */
#define TLS_SESSIONS_BYTES 1024    /* on average; all of them have max times */
#define TLS_SESSION_BYTES_MAX 8192 /* a longer one is not kept */

struct tls_sessions;

struct tls_session {
	long long until_ms;
	bool once; /* serves one connection (TLS 1.3: RFC 8446, appendix C.4) */
	size_t length;
	const unsigned char *bytes;
};

/* At most max of them, which may be 0. NULL: memory is short. */
MUST_CHECK struct tls_sessions *tls_sessions_open(size_t max);
void tls_sessions_close(struct tls_sessions *s);

/*
 * Copy and keep. One that serves more than once takes the place of all that
 * the host and port had. When memory is short nothing is kept.
 */
void tls_sessions_keep(struct tls_sessions *s, const char *host, unsigned port,
    const struct tls_session *session);

/*
 * The newest that is good after now_ms; NULL: none. It is the table's, until
 * the next call. What serves once is then removed by the caller.
 */
struct tls_session *tls_sessions_find(struct tls_sessions *s, const char *host,
    unsigned port, long long now_ms);
void tls_sessions_remove(struct tls_sessions *s, struct tls_session *session);

/* All of the host and port; all of them. */
void tls_sessions_forget(struct tls_sessions *s, const char *host,
    unsigned port);
void tls_sessions_clear(struct tls_sessions *s);

size_t tls_sessions_count(const struct tls_sessions *s);

#endif
