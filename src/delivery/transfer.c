/* transfer.c - one HTTP request by libcurl: its options, how it ended. */
#include "config.h"

#include "delivery/transfer.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "common/egress_address.h"
#include "common/clock.h"
#include "delivery/sender.h"

#define USER_AGENT "postern/" PACKAGE_VERSION
#define HEADER_MAX (HMAC_SIGNATURE_MAX + PLATFORM_SIGNER_TEXT_MAX + 64)
#define BUFFER_BYTES 8192L
#define HTTP_SCHEME "http:"

/* libcurl's codes for attempts without an answer; any other: network. */
static const struct {
	CURLcode code;
	enum ending ending;
} endings[] = {
	{ CURLE_OK, ENDING_ANSWERED },
	{ CURLE_OPERATION_TIMEDOUT, ENDING_TIMEOUT },
	{ CURLE_SSL_CONNECT_ERROR, ENDING_TLS },
	{ CURLE_PEER_FAILED_VERIFICATION, ENDING_TLS },
	{ CURLE_SSL_CERTPROBLEM, ENDING_TLS },
	{ CURLE_SSL_CIPHER, ENDING_TLS },
	{ CURLE_SSL_ISSUER_ERROR, ENDING_TLS },
	{ CURLE_SSL_INVALIDCERTSTATUS, ENDING_TLS },
	{ CURLE_UNSUPPORTED_PROTOCOL, ENDING_GARBAGE },
	{ CURLE_WEIRD_SERVER_REPLY, ENDING_GARBAGE },
	{ CURLE_BAD_CONTENT_ENCODING, ENDING_GARBAGE },
	{ CURLE_WRITE_ERROR, ENDING_GARBAGE },
	{ CURLE_HTTP2, ENDING_GARBAGE },
	/* a line longer than libcurl takes; a folded one without a first */
	{ CURLE_OUT_OF_MEMORY, ENDING_GARBAGE },
	{ CURLE_BAD_FUNCTION_ARGUMENT, ENDING_GARBAGE },
};

/*
 * The address really connected to is judged here and nowhere else, so that
 * it does not matter what a name resolved to before.
 */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *t = arg;

	if (purpose == CURLSOCKTYPE_IPCXN &&
	    egress_address_may_connect(t->options.policy, &address->addr))
		return socket(address->family, address->socktype | SOCK_CLOEXEC,
		    address->protocol);
	t->address_refused = true;
	return CURL_SOCKET_BAD;
}

static void
note_tls(struct transfer *t)
{
	struct curl_tlssessioninfo *info = NULL;
	struct attempt *a = t->attempt;

	if (curl_easy_getinfo(t->easy, CURLINFO_TLS_SSL_PTR, &info) ==
		CURLE_OK &&
	    info != NULL && info->internals != NULL &&
	    info->backend == CURLSSLBACKEND_OPENSSL)
		snprintf(a->tls, sizeof a->tls, "%s",
		    SSL_get_version(info->internals));
}

static size_t
take_head(char *data, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;
	size_t length = size * count;

	(void)data;
	if (t->head_length == 0)
		note_tls(t);
	t->head_length += length;
	return t->head_length > TRANSFER_READ_MAX ? 0 : length;
}

static size_t
take_body(char *data, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;
	struct attempt *a = t->attempt;
	size_t length = size * count;
	size_t keep = ATTEMPT_ANSWER_MAX - a->answer_length;

	if (keep > length)
		keep = length;
	memcpy(a->answer + a->answer_length, data, keep);
	a->answer_length += keep;
	t->body_length += length;
	t->cut = t->body_length > TRANSFER_READ_MAX;
	return t->cut ? 0 : length;
}

static void
set_target_rules(struct transfer *t)
{
	const char *protocols =
	    t->options.policy->plain_http ? "https,http" : "https";

	curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, protocols);
	curl_easy_setopt(t->easy, CURLOPT_DEFAULT_PROTOCOL, "https");
	curl_easy_setopt(t->easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(t->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(t->easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(t->easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	curl_easy_setopt(t->easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETDATA, t);
}

static void
set_tls_rules(struct transfer *t)
{
	const char *ca_file = t->options.ca_file;

	curl_easy_setopt(t->easy, CURLOPT_SSLVERSION,
	    (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(t->easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(t->easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(t->easy, CURLOPT_SHARE, t->options.share);
	if (ca_file != NULL) {
		curl_easy_setopt(t->easy, CURLOPT_CAINFO, ca_file);
		curl_easy_setopt(t->easy, CURLOPT_CAPATH, NULL);
	}
}

static void
set_request(struct transfer *t)
{
	curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
	curl_easy_setopt(t->easy, CURLOPT_NOSIGNAL, 1L);
	/* else a timeout waits for the thread that looks a name up */
	curl_easy_setopt(t->easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->error);
	curl_easy_setopt(t->easy, CURLOPT_HTTP_VERSION,
	    (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(t->easy, CURLOPT_HTTP09_ALLOWED, 0L);
	curl_easy_setopt(t->easy, CURLOPT_USERAGENT, USER_AGENT);
	curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS,
	    (long)SENDER_CONNECT_MS);
	curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, (long)SENDER_ATTEMPT_MS);
	curl_easy_setopt(t->easy, CURLOPT_BUFFERSIZE, BUFFER_BYTES);
	curl_easy_setopt(t->easy, CURLOPT_UPLOAD_BUFFERSIZE, 2 * BUFFER_BYTES);
	curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, take_head);
	curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
}

struct transfer *
transfer_new(const struct transfer_options *o)
{
	struct transfer *t = calloc(1, sizeof *t);

	if (t != NULL)
		t->options = *o;
	return t;
}

void
transfer_drop(struct transfer *t)
{
	curl_easy_cleanup(t->easy);
	t->easy = NULL;
	curl_slist_free_all(t->headers);
	t->headers = NULL;
	t->attempt = NULL;
}

void
transfer_free(struct transfer *t)
{
	struct attempt *a;

	if (t == NULL)
		return;
	a = t->attempt;
	transfer_drop(t);
	attempt_free(a);
	free(t);
}

/* By the webhook's secrets, then by the platform's keys. */
static void
write_signatures(const struct transfer *t, struct attempt *a,
    const char *timestamp, char *text)
{
	struct hmac_signature_key keys[HMAC_SIGNATURE_KEYS_MAX];
	const char *content;
	size_t length;

	for (size_t i = 0; i < a->secret_count; i++)
		keys[i] =
		    (struct hmac_signature_key){ a->secrets[i], SECRET_BYTES };
	content = attempt_content(a, timestamp, &length);
	hmac_signature_write(content, length, keys, a->secret_count, text);
	platform_signer_write(t->options.signers, content, length,
	    text + strlen(text));
}

/* The request's headers; NULL when memory is short. */
static struct curl_slist *
make_headers(const struct transfer *t, struct attempt *a)
{
	char id[ATTEMPT_MESSAGE_LENGTH + 1];
	char timestamp[ATTEMPT_TIMESTAMP_MAX + 1];
	char signature[HMAC_SIGNATURE_MAX + PLATFORM_SIGNER_TEXT_MAX];
	char lines[3][HEADER_MAX];
	const char *all[] = { "Content-Type: application/json",
		"Expect:", lines[0], lines[1], lines[2] };
	struct curl_slist *list = NULL, *longer;

	attempt_message(a, id);
	snprintf(timestamp, sizeof timestamp, "%lld", (long long)time(NULL));
	write_signatures(t, a, timestamp, signature);
	snprintf(lines[0], HEADER_MAX, "webhook-id: %s", id);
	snprintf(lines[1], HEADER_MAX, "webhook-timestamp: %s", timestamp);
	snprintf(lines[2], HEADER_MAX, "webhook-signature: %s", signature);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		longer = curl_slist_append(list, all[i]);
		if (longer == NULL) {
			curl_slist_free_all(list);
			return NULL;
		}
		list = longer;
	}
	return list;
}

static void
set_content(struct transfer *t)
{
	const struct attempt *a = t->attempt;

	curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
	curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)a->body_length);
	curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, a->body);
}

bool
transfer_begin(struct transfer *t, struct attempt *a)
{
	t->attempt = a;
	t->head_length = t->body_length = 0;
	t->address_refused = t->cut = false;
	t->http_refused = !t->options.policy->plain_http &&
	    strncasecmp(a->url, HTTP_SCHEME, strlen(HTTP_SCHEME)) == 0;
	t->error[0] = '\0';
	t->easy = curl_easy_init();
	t->headers = make_headers(t, a);
	if (t->easy == NULL || t->headers == NULL ||
	    curl_easy_setopt(t->easy, CURLOPT_URL, a->url) != CURLE_OK) {
		transfer_drop(t);
		return false;
	}
	set_target_rules(t);
	set_tls_rules(t);
	set_request(t);
	set_content(t);
	a->began_ms = clock_now_ms();
	return true;
}

static int32_t
read_microseconds(CURL *easy, CURLINFO info)
{
	curl_off_t us = 0;

	curl_easy_getinfo(easy, info, &us);
	return us > INT32_MAX ? INT32_MAX : (int32_t)us;
}

#define NOTE_TIME(name, libcurl_name) \
	a->name = read_microseconds(easy, CURLINFO_##libcurl_name##_TIME_T);
#define NOTE_NOTHING(...)

/* Those of ATTEMPT_FACTS that libcurl takes. */
static void
note_times(CURL *easy, struct attempt *a)
{
	ATTEMPT_FACTS(NOTE_NOTHING, NOTE_TIME, NOTE_NOTHING, NOTE_NOTHING)
}

static void
note_peer(CURL *easy, struct attempt *a)
{
	const char *ip = NULL;
	long port = 0;

	curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &ip);
	curl_easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &port);
	if (ip != NULL && *ip != '\0')
		snprintf(a->peer, sizeof a->peer,
		    strchr(ip, ':') == NULL ? "%s:%ld" : "[%s]:%ld", ip, port);
}

static enum ending
ending_of(const struct transfer *t, CURLcode code, long status)
{
	if (t->cut && status != 0)
		return ENDING_ANSWERED;
	if (t->address_refused && code == CURLE_COULDNT_CONNECT)
		return ENDING_REFUSED;
	if (t->http_refused && code == CURLE_UNSUPPORTED_PROTOCOL)
		return ENDING_REFUSED;
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (endings[i].code == code)
			return endings[i].ending;
	return ENDING_NETWORK;
}

/* What went wrong, in words of printable ASCII. */
static void
note_error(struct transfer *t, struct attempt *a, CURLcode code)
{
	if (a->ending == ENDING_REFUSED)
		snprintf(a->error, sizeof a->error, "%s",
		    t->http_refused
			? "it is not https, and plain http is not allowed"
			: "the address is one where we never send");
	else if (t->head_length > TRANSFER_READ_MAX)
		snprintf(a->error, sizeof a->error,
		    "the answer's head is longer than %d bytes",
		    TRANSFER_READ_MAX);
	else if (a->ending != ENDING_ANSWERED)
		snprintf(a->error, sizeof a->error, "%.200s",
		    t->error[0] != '\0' ? t->error : curl_easy_strerror(code));
	for (char *p = a->error; *p != '\0'; p++)
		if (!isprint((unsigned char)*p))
			*p = '?';
}

struct attempt *
transfer_end(struct transfer *t, CURLcode code)
{
	struct attempt *a = t->attempt;
	curl_off_t retry_after = 0;
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &retry_after);
	attempt_end(a, ending_of(t, code, status), (int)status);
	a->retry_after = (long)retry_after;
	note_times(t->easy, a);
	note_peer(t->easy, a);
	note_error(t, a, code);
	transfer_drop(t);
	return a;
}
