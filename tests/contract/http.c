/* http.c - requests by libcurl: whole ones, and raw bytes over its TLS. */
#include "http.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <curl/curl.h>

#include "site.h"

#define TIMEOUT_MS 15000L

struct client {
	CURL *curl;
	bool keep;
};

double
now_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t
append(char *to, size_t *used, size_t room, const char *from, size_t n,
    bool *cut)
{
	size_t take = n;

	if (take > room - 1 - *used) {
		take = room - 1 - *used;
		*cut = true;
	}
	memcpy(to + *used, from, take);
	*used += take;
	to[*used] = '\0';
	return n;
}

static size_t
take_header(char *data, size_t one, size_t n, void *answer)
{
	struct answer *a = answer;

	if (n >= 5 && memcmp(data, "HTTP/", 5) == 0)
		a->headers_length = 0;
	return append(a->headers, &a->headers_length, sizeof a->headers, data,
	    one * n, &a->cut);
}

static size_t
take_body(char *data, size_t one, size_t n, void *answer)
{
	struct answer *a = answer;

	return append(a->body, &a->length, sizeof a->body, data, one * n,
	    &a->cut);
}

struct client *
client_open(bool keep)
{
	struct client *c = malloc(sizeof *c);

	if (c == NULL)
		abort();
	c->keep = keep;
	c->curl = curl_easy_init();
	if (c->curl == NULL)
		abort();
	return c;
}

void
client_close(struct client *c)
{
	if (c == NULL)
		return;
	curl_easy_cleanup(c->curl);
	free(c);
}

static struct curl_slist *
header_lines(const struct request *r)
{
	struct curl_slist *lines = curl_slist_append(NULL, "Expect:");
	char line[8192];

	if (r->type == NULL)
		lines =
		    curl_slist_append(lines, "Content-Type: application/json");
	else if (r->type[0] == '\0')
		lines = curl_slist_append(lines, "Content-Type:");
	else {
		snprintf(line, sizeof line, "Content-Type: %s", r->type);
		lines = curl_slist_append(lines, line);
	}
	if (r->token != NULL) {
		snprintf(line, sizeof line, "Authorization: Bearer %s",
		    r->token);
		lines = curl_slist_append(lines, line);
	}
	if (r->chunked)
		lines = curl_slist_append(lines, "Transfer-Encoding: chunked");
	for (size_t i = 0; i < 4 && r->headers[i] != NULL; i++)
		lines = curl_slist_append(lines, r->headers[i]);
	return lines;
}

static void
set_common(CURL *curl, bool http2)
{
	curl_easy_setopt(curl, CURLOPT_URL, site_env("POSTERN_URL"));
	curl_easy_setopt(curl, CURLOPT_CAINFO, site_env("POSTERN_CA"));
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION,
	    http2 ? (long)CURL_HTTP_VERSION_2TLS : (long)CURL_HTTP_VERSION_1_1);
}

static void
set_request(CURL *curl, const struct request *r)
{
	const char *method = r->method != NULL ? r->method : "POST";
	size_t length = r->length;

	set_common(curl, r->http2);
	curl_easy_setopt(curl, CURLOPT_REQUEST_TARGET,
	    r->target != NULL ? r->target : ROUTE);
	if (strcmp(method, "HEAD") == 0)
		curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	if (r->body != NULL) {
		if (length == 0)
			length = strlen(r->body);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)length);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, r->body);
	}
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
}

void
client_send(struct client *c, const struct request *r, struct answer *a)
{
	struct curl_slist *lines = header_lines(r);
	double start = now_seconds();
	long status = 0;

	memset(a, 0, sizeof *a);
	curl_easy_reset(c->curl);
	set_request(c->curl, r);
	curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, lines);
	curl_easy_setopt(c->curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(c->curl, CURLOPT_HEADERDATA, a);
	curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, a);
	if (!c->keep)
		curl_easy_setopt(c->curl, CURLOPT_FORBID_REUSE, 1L);
	if (curl_easy_perform(c->curl) == CURLE_OK)
		curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	a->status = (int)status;
	a->at = now_seconds();
	a->seconds = a->at - start;
	curl_slist_free_all(lines);
}

struct answer
http_send(const struct request *r)
{
	struct client *c = client_open(false);
	struct answer a;

	client_send(c, r, &a);
	client_close(c);
	return a;
}

static bool
wait_socket(CURL *curl, short events, double deadline)
{
	curl_socket_t fd = CURL_SOCKET_BAD;
	struct pollfd p;
	int ms = (int)((deadline - now_seconds()) * 1000);

	curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &fd);
	p = (struct pollfd){ .fd = fd, .events = events };
	return ms > 0 && poll(&p, 1, ms) > 0;
}

static void
send_all(CURL *curl, const char *bytes, size_t length, double deadline)
{
	while (length > 0) {
		size_t n = 0;
		CURLcode rc = curl_easy_send(curl, bytes, length, &n);

		if (rc == CURLE_AGAIN && wait_socket(curl, POLLOUT, deadline))
			continue;
		if (rc != CURLE_OK)
			return;
		bytes += n;
		length -= n;
	}
}

/* Is text, as far as it came, one whole answer? body is where its body is. */
static bool
whole(const char *text, size_t length, const char **body)
{
	const char *end = strstr(text, "\r\n\r\n");
	const char *size = strcasestr(text, "\r\nContent-Length:");

	*body = end != NULL ? end + 4 : NULL;
	if (end == NULL)
		return false;
	if (size != NULL && size < end)
		return length - (size_t)(*body - text) >=
		    strtoul(size + 17, NULL, 10);
	return strstr(*body, "\r\n0\r\n\r\n") != NULL;
}

/* Take the chunks' sizes out of a body. */
static void
unchunk(struct answer *a)
{
	char *from = a->body, *to = a->body, *data;
	size_t n;

	if (strcasestr(a->headers, "\r\nTransfer-Encoding: chunked") == NULL)
		return;
	for (;;) {
		n = strtoul(from, &data, 16);
		if (n == 0 || memcmp(data, "\r\n", 2) != 0 ||
		    n > (size_t)(a->body + a->length - data - 2))
			break;
		memmove(to, data + 2, n);
		to += n;
		from = data + 2 + n + 2;
	}
	*to = '\0';
	a->length = (size_t)(to - a->body);
}

static void
split_answer(struct answer *a, const char *text, size_t length,
    const char *body)
{
	size_t head = body != NULL ? (size_t)(body - text) : length;

	if (sscanf(text, "HTTP/1.%*c %d", &a->status) != 1)
		a->status = 0;
	append(a->headers, &a->headers_length, sizeof a->headers, text, head,
	    &a->cut);
	if (body == NULL)
		return;
	append(a->body, &a->length, sizeof a->body, body, length - head,
	    &a->cut);
	unchunk(a);
}

static void
receive(CURL *curl, struct answer *a, double deadline)
{
	char text[ANSWER_BODY_MAX + ANSWER_HEADERS_MAX];
	const char *body = NULL;
	size_t length = 0, n;

	text[0] = '\0';
	while (length < sizeof text - 1 && !whole(text, length, &body)) {
		CURLcode rc = curl_easy_recv(curl, text + length,
		    sizeof text - 1 - length, &n);

		if (rc == CURLE_AGAIN && wait_socket(curl, POLLIN, deadline))
			continue;
		if (rc != CURLE_OK || n == 0)
			break;
		length += n;
		text[length] = '\0';
	}
	split_answer(a, text, length, body);
}

struct answer
http_raw(const char *bytes, size_t length)
{
	double start = now_seconds(), deadline = start + TIMEOUT_MS / 1000.0;
	struct answer a = { 0 };
	CURL *curl = curl_easy_init();

	if (curl == NULL)
		abort();
	set_common(curl, false);
	curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
	if (curl_easy_perform(curl) == CURLE_OK) {
		send_all(curl, bytes, length, deadline);
		receive(curl, &a, deadline);
	}
	curl_easy_cleanup(curl);
	a.at = now_seconds();
	a.seconds = a.at - start;
	return a;
}

int
answer_header(const struct answer *a, const char *name, char *value,
    size_t size)
{
	size_t n = strlen(name);
	int found = 0;

	value[0] = '\0';
	for (const char *p = strstr(a->headers, "\r\n"); p != NULL;
	     p = strstr(p, "\r\n")) {
		p += 2;
		if (strncasecmp(p, name, n) != 0 || p[n] != ':')
			continue;
		if (found++ == 0) {
			const char *v = p + n + 1 + strspn(p + n + 1, " ");

			snprintf(value, size, "%.*s", (int)strcspn(v, "\r"), v);
		}
	}
	return found;
}
