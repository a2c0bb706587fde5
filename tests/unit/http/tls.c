/* tls.c - who is trusted, what is resumed, how it ends, what a call may take. */
#include "http/tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "common/clock.h"
#include "http/tls_peer.h"

#define HOST "receiver.test"
#define TURN_MAX 20480 /* bytes of the wire that a call may take */

static struct tls_context *context;
static struct peer peer;
static char why[TLS_WHY_MAX], text[256];

static void
open_context(void)
{
	context = tls_context_open(peer_ca_file(), 100, why);
	cr_assert_not_null(context, "%s", why);
}

static void
close_context(void)
{
	peer_close(&peer);
	tls_context_close(context);
	peer_ca_remove();
}

TestSuite(tls, .init = open_context, .fini = close_context);

static void
begin(const struct peer_options *options)
{
	peer_open(&peer, options);
	peer_connect(&peer, context, HOST);
}

/* A connection, on which one answer has been read. */
static void
exchange(void)
{
	peer_connect(&peer, context, HOST);
	cr_assert_eq(peer_shake(&peer), TLS_OK);
	peer_write(&peer, "answer");
	cr_assert_eq(peer_read(&peer, text, sizeof text), TLS_OK);
	cr_assert_str_eq(text, "answer");
}

/* What a client says after a handshake, or after the first read. */
static const struct {
	const char *host; /* NULL: HOST */
	struct peer_options peer;
	const char *words; /* part of them; NULL: all is well */
} peers[] = {
	{ .words = NULL },
	{ .peer.version_max = TLS1_2_VERSION },
	{ .peer.intermediate = true },
	{ .host = "a.receiver.test", .peer.names = "DNS:*.receiver.test" },
	{ .host = "192.0.2.1", .peer.names = "IP:192.0.2.1" },
	{ .host = "2001:db8::1", .peer.names = "IP:2001:db8:0:0:0:0:0:1" },
	{ .peer.names = "DNS:other.test",
	    .words = "its certificate is not for the name receiver.test, but "
		     "for \"other.test\"" },
	{ .host = "ab.receiver.test",
	    .peer.names = "DNS:a*.receiver.test",
	    .words = "is not for the name" },
	{ .host = "b.a.receiver.test",
	    .peer.names = "DNS:*.receiver.test",
	    .words = "is not for the name b.a.receiver.test" },
	{ .host = "192.0.2.1",
	    .peer.names = "DNS:192.0.2.1",
	    .words = "its certificate is not for the address 192.0.2.1" },
	{ .peer.from_days = -9,
	    .peer.to_days = -2,
	    .words = "its certificate has expired on 20" },
	{ .peer.from_days = 2,
	    .peer.to_days = 9,
	    .words = "its certificate is not valid yet" },
	{ .peer.self_signed = true, .words = "its certificate is self-signed" },
	{ .peer.stranger = true,
	    .words = "its certificate was issued by \"Strange CA\"" },
	{ .peer.intermediate = true,
	    .peer.incomplete = true,
	    .words = "its certificate was issued by \"Middle CA\", of which it "
		     "sent no certificate" },
	{ .peer.version_min = TLS1_VERSION,
	    .peer.version_max = TLS1_1_VERSION,
	    .words = "it speaks neither TLS 1.2 nor TLS 1.3" },
	{ .peer.alpn = "http/1.1" },
	{ .peer.alpn = "h2", .words = "" },
	{ .peer.alpn = "", .words = "it does not speak HTTP/1.1" },
	{ .peer.wants_certificate = true,
	    .words = "it demands a client certificate, and we have none" },
	{ .peer.wants_certificate = true,
	    .peer.version_max = TLS1_2_VERSION,
	    .words = "it demands a client certificate, and we have none" },
};

Test(tls, who_is_trusted_and_why_not)
{
	for (size_t i = 0; i < COUNT(peers); i++) {
		const char *words = peers[i].words;
		enum tls_result result;

		peer_open(&peer, &peers[i].peer);
		peer_connect(&peer, context,
		    peers[i].host == NULL ? HOST : peers[i].host);
		result = peer_shake(&peer);
		/* TLS 1.3: the peer refuses after our handshake is done */
		if (peers[i].peer.wants_certificate && result == TLS_OK)
			result = peer_read(&peer, text, sizeof text);
		tls_why(peer.tls, why);
		cr_assert_eq(result, words == NULL ? TLS_OK : TLS_FAILED,
		    "row %zu: %d, %s", i, (int)result, why);
		if (words != NULL)
			cr_assert_not_null(strstr(why, words), "row %zu: %s", i,
			    why);
		peer_close(&peer);
		peer = (struct peer){ .fd = -1, .client_fd = -1 };
	}
}

/* As the peer sees what we offer. */
Test(tls, no_peer_chooses_how_long_we_reckon)
{
	static const int quick[] = { NID_X25519, NID_X9_62_prime256v1, NID_X448,
		NID_secp384r1, NID_secp521r1 };
	STACK_OF(SSL_CIPHER) * ciphers;
	int groups[64], count;

	begin(&(struct peer_options){ 0 });
	cr_assert_eq(peer_shake(&peer), TLS_OK);
	ciphers = SSL_get_client_ciphers(peer.ssl);
	cr_assert_gt(sk_SSL_CIPHER_num(ciphers), 0);
	for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++)
		cr_expect_neq(SSL_CIPHER_get_kx_nid(
				  sk_SSL_CIPHER_value(ciphers, i)),
		    NID_kx_dhe);
	count = (int)SSL_get1_groups(peer.ssl, NULL);
	cr_assert(count > 0 && count <= (int)COUNT(groups));
	(void)SSL_get1_groups(peer.ssl, groups);
	for (int i = 0; i < count; i++) {
		size_t known = 0;

		while (known < COUNT(quick) && quick[known] != groups[i])
			known++;
		cr_expect_lt(known, COUNT(quick), "group %d", groups[i]);
	}
}

Test(tls, an_answer_in_plain_http_is_no_tls)
{
	static const char answer[] = "HTTP/1.1 400 Bad Request\r\n\r\n";

	begin(&(struct peer_options){ 0 });
	cr_assert_eq(tls_handshake(peer.tls), TLS_WANT_READ);
	cr_assert(write(peer.fd, answer, strlen(answer)) > 0);
	cr_assert_eq(tls_handshake(peer.tls), TLS_FAILED);
	tls_why(peer.tls, why);
	cr_assert_str_eq(why, "it does not speak TLS");
}

Test(tls, a_name_in_a_certificate_is_quoted_in_printable_ascii)
{
	begin(&(struct peer_options){ .names = "DNS:a\tb\x7f.test" });
	cr_assert_eq(peer_shake(&peer), TLS_FAILED);
	tls_why(peer.tls, why);
	cr_assert_not_null(strstr(why, "\"a?b?.test\""), "%s", why);
}

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

Test(tls, a_session_is_resumed)
{
	for (size_t i = 0; i < COUNT(versions); i++) {
		peer_open(&peer,
		    &(struct peer_options){ .version_max = versions[i] });
		exchange();
		cr_assert_not(tls_resumed(peer.tls));
		for (int again = 0; again < 4; again++) {
			exchange();
			cr_assert(tls_resumed(peer.tls), "version %zu", i);
			cr_assert_str_eq(tls_version(peer.tls),
			    i == 0 ? "TLSv1.2" : "TLSv1.3");
		}
		peer_connect(&peer, context, "other.receiver.test");
		cr_assert_eq(peer_shake(&peer), TLS_FAILED);
		peer_close(&peer);
		peer = (struct peer){ .fd = -1, .client_fd = -1 };
	}
}

Test(tls, a_ticket_of_tls_1_3_is_used_once)
{
	peer_open(&peer, &(struct peer_options){ 0 });
	SSL_CTX_set_num_tickets(peer.context, 1);
	exchange();
	SSL_CTX_set_num_tickets(peer.context, 0);
	exchange();
	cr_assert(tls_resumed(peer.tls));
	exchange();
	cr_assert_not(tls_resumed(peer.tls));
}

Test(tls, nothing_is_resumed_after_the_certificates_were_read_again)
{
	for (size_t i = 0; i < COUNT(versions); i++) {
		peer_open(&peer,
		    &(struct peer_options){ .version_max = versions[i] });
		exchange();
		cr_assert(tls_context_reload(context, why), "%s", why);
		/* nor what a connection from before brings afterwards */
		if (i == 1) {
			SSL_new_session_ticket(peer.ssl);
			peer_write(&peer, "more");
			peer_read(&peer, text, sizeof text);
			cr_assert_str_eq(text, "more");
		}
		exchange();
		cr_assert_not(tls_resumed(peer.tls));
		peer_close(&peer);
		peer = (struct peer){ .fd = -1, .client_fd = -1 };
	}
}

Test(tls, nothing_is_resumed_once_the_certificate_has_expired)
{
	long long until = clock_now_ms() + 20000;
	enum tls_result result = TLS_OK;

	peer_open(&peer,
	    &(struct peer_options){ .from_days = -1, .to_seconds = 2 });
	while (result == TLS_OK && clock_now_ms() < until) {
		peer_connect(&peer, context, HOST);
		result = peer_shake(&peer);
		if (result == TLS_OK) {
			peer_write(&peer, "answer");
			cr_assert_eq(peer_read(&peer, text, sizeof text),
			    TLS_OK);
		}
	}
	cr_assert_eq(result, TLS_FAILED);
	tls_why(peer.tls, why);
	cr_assert_not_null(strstr(why, "has expired"), "%s", why);
}

Test(tls, a_handshake_that_failed_with_a_session_drops_it)
{
	peer_open(&peer,
	    &(struct peer_options){ .version_max = TLS1_2_VERSION });
	exchange();
	peer_connect(&peer, context, HOST);
	cr_assert_eq(tls_handshake(peer.tls), TLS_WANT_READ);
	shutdown(peer.fd, SHUT_RDWR);
	cr_assert_eq(tls_handshake(peer.tls), TLS_CUT);
	exchange();
	cr_assert_not(tls_resumed(peer.tls));
}

Test(tls, an_end_is_told_from_a_cut)
{
	begin(&(struct peer_options){ 0 });
	exchange();
	SSL_shutdown(peer.ssl);
	cr_assert_eq(peer_read(&peer, text, sizeof text), TLS_CLOSED);
	exchange();
	shutdown(peer.fd, SHUT_RDWR);
	cr_assert_eq(peer_read(&peer, text, sizeof text), TLS_CUT);
	tls_why(peer.tls, why);
	cr_assert_str_eq(why, "it closed the connection without ending TLS");
	peer_connect(&peer, context, HOST);
	cr_assert_eq(tls_handshake(peer.tls), TLS_WANT_READ);
	shutdown(peer.fd, SHUT_RDWR);
	cr_assert_eq(tls_handshake(peer.tls), TLS_CUT);
	tls_why(peer.tls, why);
	cr_assert_not_null(strstr(why, "during the TLS handshake"), "%s", why);
}

Test(tls, a_close_sends_close_notify)
{
	begin(&(struct peer_options){ 0 });
	exchange();
	tls_close(peer.tls);
	peer.tls = NULL;
	cr_assert_eq(SSL_read(peer.ssl, text, sizeof text), 0);
	cr_assert_eq(SSL_get_error(peer.ssl, 0), SSL_ERROR_ZERO_RETURN);
}

Test(tls, half_a_record_is_nothing_yet)
{
	static const char half[100] = { 23, 3, 3, 0x40, 0 };
	unsigned long long before;
	size_t length;

	begin(&(struct peer_options){ 0 });
	exchange();
	before = tls_wire_read(peer.tls);
	cr_assert_eq(write(peer.fd, half, sizeof half), sizeof half);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(tls_read(peer.tls, text, sizeof text, &length),
		    TLS_WANT_READ);
	cr_assert_eq(tls_wire_read(peer.tls) - before, sizeof half);
}

static void
send_key_update(SSL *ssl)
{
	SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED);
	SSL_do_handshake(ssl);
}

static void
send_ticket(SSL *ssl)
{
	SSL_new_session_ticket(ssl);
	SSL_do_handshake(ssl);
}

static void
send_hello_request(SSL *ssl)
{
	SSL_renegotiate(ssl);
	SSL_do_handshake(ssl);
}

static const struct {
	const char *name;
	int version;
	void (*send_one)(SSL *ssl);
} floods[] = {
	{ "key updates", TLS1_3_VERSION, send_key_update },
	{ "tickets", TLS1_3_VERSION, send_ticket },
	{ "requests to shake hands again", TLS1_2_VERSION, send_hello_request },
};

Test(tls, what_carries_nothing_is_bounded_in_each_call_and_in_all)
{
	for (size_t i = 0; i < COUNT(floods); i++) {
		enum tls_result result = TLS_WANT_READ;
		unsigned long long before, began;
		size_t length;

		peer_open(&peer,
		    &(struct peer_options){ .version_max = floods[i].version });
		exchange();
		began = tls_wire_read(peer.tls);
		while (result == TLS_WANT_READ) {
			for (int n = 0; n < 300; n++)
				floods[i].send_one(peer.ssl);
			before = tls_wire_read(peer.tls);
			result = tls_read(peer.tls, text, sizeof text, &length);
			cr_assert(tls_wire_read(peer.tls) - before <= TURN_MAX);
		}
		tls_why(peer.tls, why);
		cr_assert_eq(result, TLS_FAILED, "%s: %d %s", floods[i].name,
		    (int)result, why);
		cr_assert_str_eq(why, "it sends TLS messages without end", "%s",
		    floods[i].name);
		cr_assert(tls_wire_read(peer.tls) - began < 65536);
		peer_close(&peer);
		peer = (struct peer){ .fd = -1, .client_fd = -1 };
	}
}

Test(tls, what_is_left_inside_is_told)
{
	size_t length;

	begin(&(struct peer_options){ 0 });
	exchange();
	peer_write(&peer, "first and");
	peer_write(&peer, "second");
	cr_assert_eq(tls_read(peer.tls, text, 5, &length), TLS_OK);
	cr_assert_eq(length, 5);
	cr_assert(tls_pending(peer.tls));
	cr_assert_eq(tls_read(peer.tls, text, sizeof text, &length), TLS_OK);
	cr_assert_eq(length, 4);
	cr_assert(tls_pending(peer.tls));
	cr_assert_eq(tls_read(peer.tls, text, sizeof text, &length), TLS_OK);
	cr_assert_eq(length, 6);
	cr_assert_not(tls_pending(peer.tls));
}

Test(tls, a_long_answer_is_read_in_many_calls)
{
	static char much[60000], got[sizeof much];
	size_t written = 0, length, had = 0;
	enum tls_result result;

	memset(much, 'x', sizeof much);
	begin(&(struct peer_options){ 0 });
	exchange();
	SSL_set_mode(peer.ssl, SSL_MODE_ENABLE_PARTIAL_WRITE);
	while (had < sizeof much) {
		if (written < sizeof much &&
		    SSL_write_ex(peer.ssl, much + written,
			sizeof much - written, &length) == 1)
			written += length;
		result = tls_read(peer.tls, got + had, 100, &length);
		if (result == TLS_OK)
			had += length;
		else
			cr_assert_eq(result, TLS_WANT_READ);
	}
	cr_assert_eq(memcmp(got, much, sizeof much), 0);
}

Test(tls, a_full_socket_takes_the_rest_later_from_elsewhere)
{
	static char much[600000], moved[sizeof much], got[sizeof much];
	size_t written = 0, length, had = 0;
	enum tls_result result;
	bool was_full = false;
	int n;

	for (size_t i = 0; i < sizeof much; i++)
		much[i] = moved[i] = (char)('a' + i % 23);
	begin(&(struct peer_options){ 0 });
	exchange();
	while (had < sizeof much) {
		result = written == sizeof much
		    ? TLS_WANT_WRITE
		    : tls_write(peer.tls, (was_full ? moved : much) + written,
			  sizeof much - written, &length);
		if (result == TLS_OK) {
			written += length;
			continue;
		}
		cr_assert_eq(result, TLS_WANT_WRITE);
		was_full = true;
		while ((n = SSL_read(peer.ssl, got + had,
			    (int)(sizeof got - had))) > 0)
			had += (size_t)n;
	}
	cr_assert(was_full);
	cr_assert_eq(memcmp(got, much, sizeof much), 0);
	cr_assert(tls_wire_written(peer.tls) > sizeof much);
}

Test(tls, a_store_without_certificates_opens_nothing)
{
	static const struct {
		const char *path, *words;
	} files[] = {
		{ "/dev/null", "there is no CA certificate in /dev/null" },
		{ "/nowhere/ca.pem", "cannot read /nowhere/ca.pem: No such" },
		{ "/etc/passwd", "there is no CA certificate in /etc/passwd" },
	};

	peer = (struct peer){ .fd = -1, .client_fd = -1 };
	for (size_t i = 0; i < COUNT(files); i++) {
		cr_assert_null(tls_context_open(files[i].path, 1, why));
		cr_assert_not_null(strstr(why, files[i].words), "%s", why);
	}
	setenv("SSL_CERT_FILE", "/dev/null", 1);
	cr_assert_null(tls_context_open(NULL, 1, why));
	cr_assert_not_null(strstr(why, "correct SSL_CERT_FILE"), "%s", why);
	unsetenv("SSL_CERT_FILE");
	setenv("SSL_CERT_DIR", "/nowhere", 1);
	cr_assert_null(tls_context_open(NULL, 1, why));
	cr_assert_not_null(strstr(why, "correct SSL_CERT_DIR"), "%s", why);
}

Test(tls, a_directory_of_certificates_is_read)
{
	char directory[] = "/tmp/postern-tls-XXXXXX", file[64], junk[64];
	struct tls_context *other;
	FILE *f;

	cr_assert_not_null(mkdtemp(directory));
	snprintf(file, sizeof file, "%s/ours.pem", directory);
	snprintf(junk, sizeof junk, "%s/README", directory);
	cr_assert_eq(symlink(peer_ca_file(), file), 0);
	f = fopen(junk, "w");
	cr_assert_not_null(f);
	fputs("nothing\n", f);
	fclose(f);
	unsetenv("SSL_CERT_FILE");
	setenv("SSL_CERT_DIR", directory, 1);
	other = tls_context_open(NULL, 1, why);
	unlink(file);
	unlink(junk);
	rmdir(directory);
	cr_assert_not_null(other, "%s", why);
	peer_open(&peer, &(struct peer_options){ 0 });
	peer_connect(&peer, other, HOST);
	cr_assert_eq(peer_shake(&peer), TLS_OK);
	peer_disconnect(&peer);
	tls_context_close(other);
}

Test(tls, a_bad_certificate_leaves_the_old_store)
{
	const char *path = peer_ca_file();
	FILE *f;

	peer_open(&peer, &(struct peer_options){ 0 });
	f = fopen(path, "w");
	cr_assert_not_null(f);
	fputs("-----BEGIN CERTIFICATE-----\nAAAA\n"
	      "-----END CERTIFICATE-----\n",
	    f);
	fclose(f);
	cr_assert_not(tls_context_reload(context, why));
	cr_assert_not_null(strstr(why, "cannot be read"), "%s", why);
	exchange();
}
