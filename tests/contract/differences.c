/* differences.c - one row for each case that a web server answers otherwise. */
#include "differences.h"

#include <stddef.h>

#include "http.h"

/* Apache httpd is the server of two sites. */
#define APACHE(name, status, code, reason)        \
	{ "apache", name, status, code, reason }, \
	{                                         \
		"cgi", name, status, code, reason \
	}

const struct difference server_differences[] = {
	APACHE("p02 two Authorization headers", 401, "invalid_token",
	    "httpd joins them into one that is malformed"),
	APACHE("p14 TRACE: Allow", 2, NULL,
	    "httpd adds an empty one of its own, which says nothing"),
	APACHE("p15 " ROUTE "%00", 404, "not_found",
	    "httpd has no path with a NUL"),
	APACHE("p17 a 9 kB header", 400, "invalid_request",
	    "httpd answers 400 to a header over its limit"),
	APACHE("p17 a 9 kB token", 400, "invalid_request",
	    "httpd answers 400 to a header over its limit"),
	APACHE("p18 CL with TE", 201, NULL,
	    "httpd drops the length and closes the connection (RFC 9112, 6.3)"),
	APACHE("p18 TE with CL", 201, NULL,
	    "httpd drops the length and closes the connection (RFC 9112, 6.3)"),
	APACHE("p20 hung", 504, "service_unavailable",
	    "httpd answers 504 to a silent responder"),
	{ "cgi", "p20 killed", 500, "internal_error",
	    "httpd answers 500 for a program that dies" },
	{ "cgi", "before-commit", 500, "internal_error",
	    "httpd answers 500 for a program that dies" },
	{ "cgi", "after-commit", 500, "internal_error",
	    "httpd answers 500 for a program that dies" },
	{ NULL, NULL, 0, NULL, NULL }
};
