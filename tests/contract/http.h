/*
 * http.h - one request to the site under test, and its answer as plain data.
 *
 * Requests and answers are values: nothing here needs to be freed but a
 * client, which is a connection that may be kept between requests.
 */
#ifndef CONTRACT_HTTP_H
#define CONTRACT_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#define ROUTE "/v1/webhooks/register"
#define ANSWER_BODY_MAX 16384
#define ANSWER_HEADERS_MAX 8192

struct request {
	const char *method;     /* NULL: POST */
	const char *target;     /* NULL: ROUTE; goes out byte for byte */
	const char *token;      /* NULL: none; else Authorization: Bearer */
	const char *type;       /* NULL: application/json; "": none */
	const char *headers[4]; /* more header lines */
	const char *body;       /* NULL: none */
	size_t length;          /* of body; 0: up to its NUL */
	bool chunked;           /* no Content-Length */
	bool http2;             /* offer HTTP/2 */
};

struct answer {
	int status;     /* 0: none came */
	double seconds; /* from first byte sent to last received */
	double at;      /* when it was complete, on this clock */
	bool cut;       /* it did not fit */
	size_t length;  /* of the body */
	size_t headers_length;
	char headers[ANSWER_HEADERS_MAX];
	char body[ANSWER_BODY_MAX];
};

struct client;

/* A client that keeps its connection, or makes a new one each time. */
struct client *client_open(bool keep);
void client_close(struct client *c);

/* Send one request and wait, at most 15 s. Any one thread at a time. */
void client_send(struct client *c, const struct request *r, struct answer *a);

/* The same over a fresh connection. */
struct answer http_send(const struct request *r);

/*
 * Send these bytes over TLS as they are. Waits for one whole answer or the
 * end of the connection.
 */
struct answer http_raw(const char *bytes, size_t length);

/*
 * The value of a header, and how often it occurs; value is "" when it does
 * not, and cut at size.
 */
int answer_header(const struct answer *a, const char *name, char *value,
    size_t size);

/* Seconds on a clock that only goes forward. */
double now_seconds(void);

#endif
