/* tls_peer.c - the other end of TLS: a server on a pair of sockets. */
#include "http/tls_peer.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define TURNS_MAX 1000

/* A certificate and its key; the issuer's are NULL for a root. */
struct identity {
	EVP_PKEY *key;
	X509 *certificate;
};

static struct identity ca;
static char ca_path[] = "/tmp/postern-tls-XXXXXX";

static void
add_extension(X509 *to, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *e;
	X509V3_CTX x;

	X509V3_set_ctx(&x, issuer, to, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &x, nid, value);
	cr_assert_not_null(e, "%s", value);
	X509_add_ext(to, e, -1);
	X509_EXTENSION_free(e);
}

/* names: NULL for a CA. issuer: NULL for one that signs itself. */
static struct identity
make_identity(const char *common_name, const char *names, int from_days,
    int to_days, int to_seconds, const struct identity *issuer)
{
	struct identity made = { .key = EVP_EC_gen("P-256"),
		.certificate = X509_new() };
	X509 *x = made.certificate;
	static long serial = 1;

	if (issuer == NULL)
		issuer = &made;
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
	X509_time_adj_ex(X509_getm_notBefore(x), from_days, 0, NULL);
	X509_time_adj_ex(X509_getm_notAfter(x), to_days, to_seconds, NULL);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
	    (const unsigned char *)common_name, -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(issuer->certificate));
	X509_set_pubkey(x, made.key);
	add_extension(x, issuer->certificate, NID_basic_constraints,
	    names == NULL ? "critical,CA:TRUE" : "critical,CA:FALSE");
	if (names != NULL)
		add_extension(x, issuer->certificate, NID_subject_alt_name,
		    names);
	cr_assert(X509_sign(x, issuer->key, EVP_sha256()) > 0);
	return made;
}

static void
drop_identity(struct identity *i)
{
	X509_free(i->certificate);
	EVP_PKEY_free(i->key);
	*i = (struct identity){ 0 };
}

const char *
peer_ca_file(void)
{
	FILE *f;

	if (ca.key != NULL)
		return ca_path;
	ca = make_identity("Test CA", NULL, -1, 30, 0, NULL);
	f = fdopen(mkstemp(ca_path), "w");
	cr_assert_not_null(f);
	PEM_write_X509(f, ca.certificate);
	fclose(f);
	return ca_path;
}

void
peer_ca_remove(void)
{
	if (ca.key != NULL)
		unlink(ca_path);
	drop_identity(&ca);
}

static int
choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *length,
    const unsigned char *offered, unsigned offered_length, void *arg)
{
	const char *chosen = arg;

	(void)ssl;
	(void)offered_length;
	if (chosen == NULL) {
		*out = offered + 1;
		*length = offered[0];
		return SSL_TLSEXT_ERR_OK;
	}
	*out = (const unsigned char *)chosen;
	*length = (unsigned char)strlen(chosen);
	return *length == 0 ? SSL_TLSEXT_ERR_ALERT_FATAL : SSL_TLSEXT_ERR_OK;
}

static void
use_certificate(struct peer *p, const struct peer_options *o)
{
	bool dated = o->from_days != 0 || o->to_days != 0 || o->to_seconds != 0;
	struct identity root =
	    make_identity("Strange CA", NULL, -1, 30, 0, NULL);
	struct identity middle =
	    make_identity("Middle CA", NULL, -1, 30, 0, &ca);
	const struct identity *issuer = o->self_signed ? NULL
	    : o->stranger                              ? &root
	    : o->intermediate                          ? &middle
						       : &ca;
	struct identity own = make_identity("receiver",
	    o->names == NULL ? "DNS:receiver.test" : o->names,
	    dated ? o->from_days : -1, dated ? o->to_days : 30, o->to_seconds,
	    issuer);

	cr_assert_eq(SSL_CTX_use_certificate(p->context, own.certificate), 1);
	cr_assert_eq(SSL_CTX_use_PrivateKey(p->context, own.key), 1);
	if (o->intermediate && !o->incomplete)
		SSL_CTX_add1_chain_cert(p->context, middle.certificate);
	drop_identity(&own);
	drop_identity(&middle);
	drop_identity(&root);
}

void
peer_open(struct peer *p, const struct peer_options *o)
{
	*p = (struct peer){ .context = SSL_CTX_new(TLS_server_method()),
		.fd = -1,
		.client_fd = -1 };
	peer_ca_file();
	use_certificate(p, o);
	SSL_CTX_set_cipher_list(p->context, "DEFAULT:@SECLEVEL=0");
	SSL_CTX_set_min_proto_version(p->context, o->version_min);
	SSL_CTX_set_max_proto_version(p->context, o->version_max);
	SSL_CTX_set_session_id_context(p->context, (const void *)"t", 1);
	SSL_CTX_set_alpn_select_cb(p->context, choose_protocol,
	    (void *)(uintptr_t)o->alpn);
	if (o->wants_certificate)
		SSL_CTX_set_verify(p->context,
		    SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
}

void
peer_close(struct peer *p)
{
	peer_disconnect(p);
	SSL_CTX_free(p->context);
}

void
peer_connect(struct peer *p, struct tls_context *c, const char *host)
{
	int fds[2];

	peer_disconnect(p);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds),
	    0);
	p->fd = fds[0];
	p->client_fd = fds[1];
	p->ssl = SSL_new(p->context);
	SSL_set_fd(p->ssl, p->fd);
	SSL_set_accept_state(p->ssl);
	p->tls = tls_open(c, p->client_fd, host, 443);
	cr_assert_not_null(p->tls);
}

void
peer_disconnect(struct peer *p)
{
	tls_close(p->tls);
	SSL_free(p->ssl);
	if (p->fd != -1)
		close(p->fd);
	if (p->client_fd != -1)
		close(p->client_fd);
	p->tls = NULL;
	p->ssl = NULL;
	p->fd = p->client_fd = -1;
}

enum tls_result
peer_shake(struct peer *p)
{
	enum tls_result result = TLS_WANT_READ;

	for (int i = 0; i < TURNS_MAX; i++) {
		if (result == TLS_WANT_READ || result == TLS_WANT_WRITE)
			result = tls_handshake(p->tls);
		if (p->ssl != NULL && SSL_do_handshake(p->ssl) == 1 &&
		    result != TLS_WANT_READ && result != TLS_WANT_WRITE)
			break;
		ERR_clear_error();
	}
	return result;
}

void
peer_write(struct peer *p, const char *text)
{
	cr_assert_eq(SSL_write(p->ssl, text, (int)strlen(text)),
	    (int)strlen(text));
}

enum tls_result
peer_read(struct peer *p, char *to, size_t size)
{
	enum tls_result result = TLS_WANT_READ;
	size_t length = 0;

	for (int i = 0; i < TURNS_MAX && result == TLS_WANT_READ; i++)
		result = tls_read(p->tls, to, size - 1, &length);
	to[result == TLS_OK ? length : 0] = '\0';
	return result;
}
