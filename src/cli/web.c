/* web.c - one HTTP request after the other; libcurl's door. */
#include "config.h"

#include "cli/web.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>
#include <sodium.h>

#define CONNECT_SECONDS 10
#define STEP_MS 1000

struct web {
	CURL *easy;
	CURLM *multi;
	const char *ca_file;
	char error[CURL_ERROR_SIZE];
};

/* An answer as it grows. */
struct growing {
	struct web_reply *reply;
	size_t most;
	bool too_large;
};

static const struct {
	CURLcode code;
	enum web_end end;
} ends[] = {
	{ CURLE_OK, WEB_ANSWERED },
	{ CURLE_URL_MALFORMAT, WEB_WRONG },
	{ CURLE_UNSUPPORTED_PROTOCOL, WEB_WRONG },
	{ CURLE_OUT_OF_MEMORY, WEB_WRONG },
	{ CURLE_COULDNT_RESOLVE_PROXY, WEB_AWAY },
	{ CURLE_COULDNT_RESOLVE_HOST, WEB_AWAY },
	{ CURLE_COULDNT_CONNECT, WEB_AWAY },
	{ CURLE_SSL_CONNECT_ERROR, WEB_AWAY },
	{ CURLE_PEER_FAILED_VERIFICATION, WEB_UNTRUSTED },
	{ CURLE_SSL_CACERT_BADFILE, WEB_UNTRUSTED },
	{ CURLE_OPERATION_TIMEDOUT, WEB_TIMEOUT },
};

static enum web_end
end_of(CURLcode code)
{
	for (size_t i = 0; i < COUNT(ends); i++)
		if (ends[i].code == code)
			return ends[i].end;
	return WEB_BROKEN;
}

struct web *
web_open(const char *ca_file)
{
	struct web *web = calloc(1, sizeof *web);

	if (web == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(web);
		return NULL;
	}
	web->ca_file = ca_file;
	web->easy = curl_easy_init();
	web->multi = curl_multi_init();
	if (web->easy == NULL || web->multi == NULL) {
		web_close(web);
		return NULL;
	}
	return web;
}

void
web_close(struct web *web)
{
	if (web == NULL)
		return;
	curl_easy_cleanup(web->easy);
	curl_multi_cleanup(web->multi);
	curl_global_cleanup();
	free(web);
}

/* Old bytes are wiped, as realloc would leave them. */
static size_t
take_body(char *bytes, size_t one, size_t n, void *to)
{
	struct growing *g = to;
	struct web_reply *reply = g->reply;
	char *more;

	(void)one;
	if (n > g->most - reply->length) {
		g->too_large = true;
		return 0;
	}
	more = malloc(reply->length + n + 1);
	if (more == NULL)
		return 0;
	if (reply->length > 0) {
		memcpy(more, reply->body, reply->length);
		sodium_memzero(reply->body, reply->length);
	}
	memcpy(more + reply->length, bytes, n);
	free(reply->body);
	reply->body = more;
	reply->length += n;
	more[reply->length] = '\0';
	return n;
}

/* The value of a header line with this name, without its end; or NULL. */
static const char *
value_of(const char *line, size_t n, const char *name, size_t *length)
{
	size_t skip = strlen(name);

	if (n <= skip || strncasecmp(line, name, skip) != 0)
		return NULL;
	for (line += skip, n -= skip; n > 0 && *line == ' '; line++)
		n--;
	while (n > 0 && (line[n - 1] == '\r' || line[n - 1] == '\n'))
		n--;
	*length = n;
	return line;
}

static size_t
take_header(char *line, size_t one, size_t n, void *to)
{
	struct web_reply *reply = to;
	const char *value;
	size_t length;

	(void)one;
	value = value_of(line, n, "date:", &length);
	if (value != NULL)
		snprintf(reply->date, sizeof reply->date, "%.*s", (int)length,
		    value);
	value = value_of(line, n, "retry-after:", &length);
	if (value != NULL &&
	    !text_number((struct text){ value, length }, INT_MAX,
		&reply->retry_after))
		reply->retry_after = 0;
	return n;
}

static bool
has_host(const char *url, const char *host)
{
	const char *at = strstr(url, "://");
	size_t n = strlen(host);

	return at != NULL && strncasecmp(at + 3, host, n) == 0 &&
	    (at[3 + n] == '\0' || strchr(":/?", at[3 + n]) != NULL);
}

static bool
is_here(const char *url)
{
	return has_host(url, "localhost") || has_host(url, "127.0.0.1") ||
	    has_host(url, "[::1]");
}

bool
web_is_url(const char *url)
{
	const char *at = strstr(url, "://");

	if (strncasecmp(url, "http://", 7) != 0 &&
	    strncasecmp(url, "https://", 8) != 0)
		return false;
	at += 3;
	return *at != '\0' && memchr(at, '@', strcspn(at, "/?#")) == NULL;
}

bool
web_is_safe(const char *url)
{
	return web_is_url(url) &&
	    (strncasecmp(url, "https://", 8) == 0 || is_here(url));
}

static struct curl_slist *
list_fields(const struct web_question *q)
{
	struct curl_slist *list = curl_slist_append(NULL, "Expect:"), *more;

	for (size_t i = 0; list != NULL && q->fields[i] != NULL; i++) {
		more = curl_slist_append(list, q->fields[i]);
		if (more == NULL)
			curl_slist_free_all(list);
		list = more;
	}
	return list;
}

static void
set_options(struct web *web, const struct web_question *q,
    struct curl_slist *fields, struct growing *growing)
{
	CURL *easy = web->easy;

	curl_easy_reset(easy);
	curl_easy_setopt(easy, CURLOPT_URL, q->url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, q->method);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fields);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "postern/" PACKAGE_VERSION);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, web->error);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)q->seconds);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, growing);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, growing->reply);
	if (web->ca_file != NULL)
		curl_easy_setopt(easy, CURLOPT_CAINFO, web->ca_file);
	if (is_here(q->url))
		curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	if (q->body.start == NULL)
		return;
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)q->body.length);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, q->body.start);
}

/* Until it is over; false: it is stopped. */
static bool
drive(struct web *web, int stop, CURLcode *result)
{
	struct curl_waitfd wait = { .fd = stop, .events = CURL_WAIT_POLLIN };
	CURLMsg *message;
	int running = 1, left;

	*result = CURLE_OUT_OF_MEMORY;
	while (running > 0) {
		if (curl_multi_perform(web->multi, &running) != CURLM_OK)
			return true;
		if (running > 0 &&
		    curl_multi_poll(web->multi, &wait, stop == -1 ? 0 : 1,
			STEP_MS, NULL) != CURLM_OK)
			return true;
		if (running > 0 && wait.revents != 0)
			return false;
	}
	while ((message = curl_multi_info_read(web->multi, &left)) != NULL)
		if (message->msg == CURLMSG_DONE)
			*result = message->data.result;
	return true;
}

static void
conclude(struct web *web, CURLcode result, const struct growing *growing)
{
	struct web_reply *reply = growing->reply;
	curl_off_t us = 0;
	long status = 0;

	reply->end = growing->too_large ? WEB_TOO_LARGE : end_of(result);
	curl_easy_getinfo(web->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(web->easy, CURLINFO_TOTAL_TIME_T, &us);
	reply->status = (unsigned)status;
	reply->took_ms = (unsigned)(us / 1000);
	if (reply->end == WEB_ANSWERED && reply->body == NULL)
		reply->body = calloc(1, 1);
	if (reply->end == WEB_ANSWERED && reply->body == NULL)
		reply->end = WEB_WRONG;
	if (reply->end == WEB_TOO_LARGE)
		snprintf(reply->why, sizeof reply->why,
		    "the answer has over %zu bytes", growing->most);
	else if (reply->end != WEB_ANSWERED)
		snprintf(reply->why, sizeof reply->why, "%s",
		    web->error[0] != '\0' ? web->error
					  : curl_easy_strerror(result));
}

void
web_ask(struct web *web, const struct web_question *question, int stop,
    struct web_reply *reply)
{
	struct growing growing = { .reply = reply, .most = question->most };
	struct curl_slist *fields = list_fields(question);
	CURLcode result = CURLE_OUT_OF_MEMORY;

	*reply = (struct web_reply){ .end = WEB_STOPPED };
	web->error[0] = '\0';
	if (fields == NULL) {
		conclude(web, result, &growing);
		return;
	}
	set_options(web, question, fields, &growing);
	if (curl_multi_add_handle(web->multi, web->easy) != CURLM_OK ||
	    drive(web, stop, &result))
		conclude(web, result, &growing);
	curl_multi_remove_handle(web->multi, web->easy);
	for (struct curl_slist *f = fields; f != NULL; f = f->next)
		sodium_memzero(f->data, strlen(f->data));
	curl_slist_free_all(fields);
}

void
web_reply_clear(struct web_reply *reply)
{
	if (reply->body != NULL)
		sodium_memzero(reply->body, reply->length);
	free(reply->body);
	*reply = (struct web_reply){ .end = WEB_WRONG };
}
