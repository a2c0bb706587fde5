/* tls.c - TLS for outgoing connections; the one door to OpenSSL. */
#include "http/tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "common/clock.h"
#include "common/egress_address.h"
#include "http/tls_resumption.h"
#include "http/tls_sessions.h"
#include "http/tls_store.h"
#include "http/tls_wire.h"
#include "http/tls_words.h"

/* Bytes of the wire that one call may take. */
#define HANDSHAKE_TURN 16384
#define READ_TURN 4096

/*
 * Messages of TLS itself, once the handshake is done: tickets, key updates,
 * requests to shake hands again. A server needs a few.
 */
#define MESSAGES_MAX 100

/* A certificate is verified again after so long, resumed or not. */
#define VERIFIED_S 3600

#define SECONDS_PER_DAY 86400

/*
 * Elliptic curves alone. A server may choose a finite field of 10,000 bits, and
 * then one handshake takes a second, in which nobody else has the thread.
 */
#define GROUPS "X25519:P-256:X448:P-521:P-384"
#define CIPHERS "DEFAULT:!kDHE" /* of TLS 1.2; those of 1.3 name no group */

struct tls_context {
	SSL_CTX *ssl;
	BIO_METHOD *wire;
	struct tls_sessions *sessions;
	char *ca_file;
	unsigned generation; /* of the store */
};

struct tls {
	struct tls_context *context;
	SSL *ssl;
	struct tls_wire wire;
	char *why; /* NULL: nothing failed, or memory is short */
	long long verified_until_ms; /* 0: the peer is not verified */
	unsigned generation;         /* when it was opened */
	unsigned messages;           /* of TLS itself, since it is open */
	unsigned port;
	bool offered;            /* a session, to be resumed */
	bool is_open;            /* the handshake is done */
	bool failed;             /* nothing can be written any more */
	bool write_waits;        /* a record is half written */
	bool certificate_wanted; /* by the peer, of us */
	char host[];
};

static void
note_why(struct tls *t, const char *why)
{
	free(t->why);
	t->why = strdup(why);
}

/* For how long are all certificates of a chain valid? */
static long long
measure_validity(const STACK_OF(X509) * chain)
{
	long long least_s = VERIFIED_S, left_s;
	int days, seconds;

	for (int i = 0; i < sk_X509_num(chain); i++) {
		if (!ASN1_TIME_diff(&days, &seconds, NULL,
			X509_get0_notAfter(sk_X509_value(chain, i))))
			return 0;
		left_s = (long long)days * SECONDS_PER_DAY + seconds;
		if (left_s < least_s)
			least_s = left_s;
	}
	return least_s;
}

/* Of a chain that is verified only its first certificate is needed. */
static void
drop_issuers(X509_STORE_CTX *x)
{
	STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(x);

	X509_STORE_CTX_set0_verified_chain(x, NULL);
	while (sk_X509_num(sent) > 1)
		X509_free(sk_X509_pop(sent));
}

/*
 * Verify as OpenSSL would, and keep what is needed of the chain: the words if
 * it is refused, else how long it is valid.
 */
static int
verify_chain(X509_STORE_CTX *x, void *arg)
{
	const SSL *ssl =
	    X509_STORE_CTX_get_ex_data(x, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls *t = SSL_get_app_data(ssl);
	char why[TLS_WHY_MAX];

	(void)arg;
	if (X509_verify_cert(x) != 1) {
		tls_words_certificate(x, t->host, why);
		note_why(t, why);
		return 0;
	}
	t->verified_until_ms = clock_now_ms() +
	    1000 * measure_validity(X509_STORE_CTX_get0_chain(x));
	drop_issuers(x);
	return 1;
}

static int
refuse_client_certificate(SSL *ssl, X509 **certificate, EVP_PKEY **key)
{
	struct tls *t = SSL_get_app_data(ssl);

	(void)certificate;
	(void)key;
	t->certificate_wanted = true;
	return 0;
}

/* OpenSSL has a new session; it stays OpenSSL's. */
static int
keep_session(SSL *ssl, SSL_SESSION *session)
{
	struct tls *t = SSL_get_app_data(ssl);
	unsigned char bytes[TLS_SESSION_BYTES_MAX];
	struct tls_session kept = { .until_ms = t->verified_until_ms,
		.once = SSL_version(ssl) >= TLS1_3_VERSION,
		.bytes = bytes };

	if (t->generation != t->context->generation ||
	    t->verified_until_ms == 0 || !SSL_SESSION_is_resumable(session))
		return 0;
	kept.length = tls_resumption_write(session, bytes, sizeof bytes);
	if (kept.length > 0)
		tls_sessions_keep(t->context->sessions, t->host, t->port,
		    &kept);
	OPENSSL_cleanse(bytes, kept.length);
	return 0;
}

static void
count_message(int sent, int version, int type, const void *bytes, size_t length,
    SSL *ssl, void *arg)
{
	struct tls *t = SSL_get_app_data(ssl);

	(void)version;
	(void)bytes;
	(void)length;
	(void)arg;
	if (!sent && type == SSL3_RT_HANDSHAKE && t->is_open)
		t->messages++;
}

static bool
set_rules(SSL_CTX *ssl)
{
	static const unsigned char protocols[] = "\x08http/1.1";

	SSL_CTX_set_options(ssl,
	    SSL_OP_ALL | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(ssl,
	    SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(ssl, 1);
	SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(ssl, verify_chain, NULL);
	SSL_CTX_set_msg_callback(ssl, count_message);
	SSL_CTX_set_client_cert_cb(ssl, refuse_client_certificate);
	SSL_CTX_set_session_cache_mode(ssl,
	    SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(ssl, keep_session);
	/* an intermediate certificate among ours is enough */
	X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ssl),
	    X509_V_FLAG_PARTIAL_CHAIN);
	return SSL_CTX_set1_groups_list(ssl, GROUPS) &&
	    SSL_CTX_set_cipher_list(ssl, CIPHERS) &&
	    SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) &&
	    SSL_CTX_set_max_proto_version(ssl, TLS1_3_VERSION) &&
	    SSL_CTX_set_alpn_protos(ssl, protocols, sizeof protocols - 1) == 0;
}

struct tls_context *
tls_context_open(const char *ca_file, size_t sessions_max,
    char why[TLS_WHY_MAX])
{
	struct tls_context *c = calloc(1, sizeof *c);

	snprintf(why, TLS_WHY_MAX, "memory is short");
	if (c == NULL)
		return NULL;
	c->ssl = SSL_CTX_new(TLS_client_method());
	c->wire = tls_wire_method();
	c->sessions = tls_sessions_open(sessions_max);
	c->ca_file = ca_file == NULL ? NULL : strdup(ca_file);
	if (c->ssl != NULL && c->wire != NULL && c->sessions != NULL &&
	    (ca_file == NULL || c->ca_file != NULL) && set_rules(c->ssl) &&
	    tls_context_reload(c, why))
		return c;
	ERR_clear_error();
	tls_context_close(c);
	return NULL;
}

void
tls_context_close(struct tls_context *c)
{
	if (c == NULL)
		return;
	SSL_CTX_free(c->ssl);
	BIO_meth_free(c->wire);
	tls_sessions_close(c->sessions);
	free(c->ca_file);
	free(c);
}

bool
tls_context_reload(struct tls_context *c, char why[TLS_WHY_MAX])
{
	X509_STORE *store = tls_store_read(c->ca_file, why);

	if (store == NULL)
		return false;
	SSL_CTX_set_cert_store(c->ssl, store);
	tls_sessions_clear(c->sessions);
	c->generation++;
	return true;
}

static bool
is_address(const char *host)
{
	unsigned char bytes[EGRESS_ADDRESS_BYTES];
	struct text text = { host, strlen(host) };

	return egress_address_parse(AF_INET, text, bytes) ||
	    egress_address_parse(AF_INET6, text, bytes);
}

static bool
set_host(struct tls *t)
{
	X509_VERIFY_PARAM *rules = SSL_get0_param(t->ssl);

	if (is_address(t->host))
		return X509_VERIFY_PARAM_set1_ip_asc(rules, t->host);
	X509_VERIFY_PARAM_set_hostflags(rules,
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return X509_VERIFY_PARAM_set1_host(rules, t->host, 0) &&
	    SSL_set_tlsext_host_name(t->ssl, t->host);
}

/* Without one, or when this fails, the handshake is a whole one. */
static void
offer_session(struct tls *t)
{
	struct tls_sessions *sessions = t->context->sessions;
	struct tls_session *found =
	    tls_sessions_find(sessions, t->host, t->port, clock_now_ms());
	SSL_SESSION *session;

	if (found == NULL)
		return;
	session = tls_resumption_read(found->bytes, found->length);
	t->offered = session != NULL && SSL_set_session(t->ssl, session);
	if (t->offered)
		t->verified_until_ms = found->until_ms;
	SSL_SESSION_free(session);
	if (found->once)
		tls_sessions_remove(sessions, found);
}

struct tls *
tls_open(struct tls_context *c, int fd, const char *host, unsigned port)
{
	size_t length = strlen(host) + 1;
	struct tls *t = calloc(1, sizeof *t + length);
	BIO *bio;

	if (t == NULL)
		return NULL;
	memcpy(t->host, host, length);
	t->context = c;
	t->generation = c->generation;
	t->port = port;
	t->wire.fd = fd;
	t->ssl = SSL_new(c->ssl);
	bio = t->ssl == NULL ? NULL : tls_wire_bio(c->wire, &t->wire);
	if (bio != NULL)
		SSL_set_bio(t->ssl, bio, bio);
	if (bio == NULL || !SSL_set_app_data(t->ssl, t) || !set_host(t)) {
		ERR_clear_error();
		tls_close(t);
		return NULL;
	}
	SSL_set_connect_state(t->ssl);
	offer_session(t);
	return t;
}

void
tls_close(struct tls *t)
{
	if (t == NULL)
		return;
	if (t->is_open && !t->failed && !t->write_waits)
		SSL_shutdown(t->ssl);
	ERR_clear_error();
	SSL_free(t->ssl);
	free(t->why);
	free(t);
}

/* What was resumed when a handshake failed is not tried again. */
static enum tls_result
fail(struct tls *t, enum tls_result result, const char *why)
{
	t->failed = true;
	if (t->why == NULL)
		note_why(t, why);
	if (t->offered && !t->is_open)
		tls_sessions_forget(t->context->sessions, t->host, t->port);
	return result;
}

/* What a call of OpenSSL that has not succeeded means. */
static enum tls_result
conclude(struct tls *t, int returned)
{
	char why[TLS_WHY_MAX];

	switch (SSL_get_error(t->ssl, returned)) {
	case SSL_ERROR_WANT_READ:
		return TLS_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return TLS_WANT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_CLOSED;
	case SSL_ERROR_SYSCALL:
		tls_words_cut(t->wire.error, !t->is_open, why);
		ERR_clear_error();
		return fail(t, TLS_CUT, why);
	default:
		tls_words_failure(t->host, t->certificate_wanted, why);
		return fail(t, TLS_FAILED, why);
	}
}

static bool
speaks_http_1_1(const SSL *ssl)
{
	const unsigned char *chosen;
	unsigned length;

	SSL_get0_alpn_selected(ssl, &chosen, &length);
	return length == 0 ||
	    (length == strlen("http/1.1") &&
		memcmp(chosen, "http/1.1", length) == 0);
}

enum tls_result
tls_handshake(struct tls *t)
{
	int returned;

	ERR_clear_error();
	t->wire.may_read = HANDSHAKE_TURN;
	returned = SSL_do_handshake(t->ssl);
	if (returned != 1)
		return conclude(t, returned);
	if (!speaks_http_1_1(t->ssl))
		return fail(t, TLS_FAILED, "it does not speak HTTP/1.1");
	t->is_open = true;
	return TLS_OK;
}

/*
 * OpenSSL makes a buffer for writing when a ticket comes, and leaves it there.
 * Nothing may be inside, not even the head of a record: before 3.0.14 OpenSSL
 * does not look (CVE-2024-4741).
 */
static void
release_buffers(SSL *ssl)
{
	if (!SSL_has_pending(ssl) && strcmp(SSL_rstate_string(ssl), "RH") == 0)
		SSL_free_buffers(ssl);
}

enum tls_result
tls_read(struct tls *t, void *to, size_t size, size_t *length)
{
	int returned;

	ERR_clear_error();
	t->wire.may_read = READ_TURN;
	returned = SSL_read_ex(t->ssl, to, size, length);
	release_buffers(t->ssl);
	if (t->messages > MESSAGES_MAX)
		return fail(t, TLS_FAILED, "it sends TLS messages without end");
	return returned == 1 ? TLS_OK : conclude(t, returned);
}

bool
tls_pending(const struct tls *t)
{
	return SSL_has_pending(t->ssl);
}

enum tls_result
tls_write(struct tls *t, const void *from, size_t size, size_t *length)
{
	int returned;

	ERR_clear_error();
	t->wire.may_read = 0;
	returned = SSL_write_ex(t->ssl, from, size, length);
	t->write_waits = returned != 1;
	return returned == 1 ? TLS_OK : conclude(t, returned);
}

unsigned long long
tls_wire_read(const struct tls *t)
{
	return t->wire.read;
}

unsigned long long
tls_wire_written(const struct tls *t)
{
	return t->wire.written;
}

const char *
tls_version(const struct tls *t)
{
	return SSL_get_version(t->ssl);
}

bool
tls_resumed(const struct tls *t)
{
	return SSL_session_reused(t->ssl);
}

void
tls_why(const struct tls *t, char why[TLS_WHY_MAX])
{
	snprintf(why, TLS_WHY_MAX, "%s",
	    t->why != NULL ? t->why
			   : "TLS failed, and memory was short for the reason");
}
