/*
 * web.h - one HTTP request after the other; libcurl's door.
 *
 * Certificates are checked, redirects are not followed (they would take the
 * token elsewhere), answers have a limit, and each request a deadline.
 */
#ifndef POSTERN_WEB_H
#define POSTERN_WEB_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "common/text.h"

#define WEB_WHY_MAX 256
#define WEB_FIELDS_MAX 8

struct web;

enum web_end {
	WEB_ANSWERED,
	WEB_AWAY,      /* no connection was made: nothing was sent */
	WEB_UNTRUSTED, /* nor with a certificate that is not trusted */
	WEB_BROKEN,    /* the connection ended before the answer did */
	WEB_TIMEOUT,
	WEB_TOO_LARGE,
	WEB_STOPPED, /* the stop descriptor became readable */
	WEB_WRONG    /* the URL, or a lack of memory */
};

struct web_question {
	const char *method, *url;
	const char *fields[WEB_FIELDS_MAX + 1]; /* "Name: value", then NULL */
	struct text body;                       /* {NULL, 0}: none */
	unsigned seconds;                       /* until its end */
	size_t most;                            /* bytes of the answer */
};

struct web_reply {
	enum web_end end;
	unsigned status; /* when ANSWERED */
	char *body;      /* NUL-terminated; never NULL when ANSWERED */
	size_t length;
	char date[64];        /* the header, or "" */
	unsigned retry_after; /* seconds; 0: it did not say */
	unsigned took_ms;
	char why[WEB_WHY_MAX]; /* when not ANSWERED, a phrase */
};

/* ca_file beside the system's certificates' place; NULL: these. */
MUST_CHECK struct web *web_open(const char *ca_file);
void web_close(struct web *web);

/* Make the request. stop ends it when it is readable; -1: nothing does. */
void web_ask(struct web *web, const struct web_question *question, int stop,
    struct web_reply *reply);

/* Wipe and free the answer. Zeroed input is fine. */
void web_reply_clear(struct web_reply *reply);

/* Is this https, or http to this very machine, and without a user's name? */
MUST_CHECK bool web_is_safe(const char *url);

/* Is this http or https at all? */
MUST_CHECK bool web_is_url(const char *url);

#endif
