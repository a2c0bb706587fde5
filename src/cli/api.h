/*
 * api.h - Postern's HTTP API, as a person's program asks it.
 *
 * Where it is, and the token, come from options, the environment, a file or
 * the terminal, never from the command itself. A file may hold a token, or an
 * OAuth client's id and secret; then a token is asked for, and given back.
 */
#ifndef POSTERN_API_H
#define POSTERN_API_H

#include "common/compiler.h"

#include "cli/command.h"
#include "cli/web.h"

#define API_URL_MAX 2048
#define API_PATH_MAX 512
#define API_ANSWER_MAX (4U << 20) /* a page has 768 KiB and an event */

struct api;

/* The options that each command of the API has. */
#define API_OPTIONS                                                            \
	{ .name = "url",                                                       \
		.value = "URL",                                                \
		.help = "where the API is, https://HOST [POSTERN_URL]" },      \
	    { .name = "token-file",                                            \
		    .value = "FILE",                                           \
		    .help =                                                    \
			"a token, or CLIENT_ID:SECRET [POSTERN_TOKEN_FILE]" }, \
	{                                                                      \
		.name = "ca-file", .value = "FILE",                            \
		.help = "certificates to trust, not the system's [POSTERN_CA]" \
	}

/*
 * Begin. EXIT_SUCCESS, and *api is to be closed; or the status to exit with,
 * and it has been said why.
 */
MUST_CHECK int api_open(const struct invocation *call, struct api **api);
void api_close(struct api *api);

/* Where it is, without opening it: the same answers. */
MUST_CHECK int api_find(const struct invocation *call, char url[API_URL_MAX]);

/* From now on requests end when this is readable: see web_ask. */
void api_stop_by(struct api *api, int stop);

/* Where it is, without a slash at the end; and the door, for other requests. */
const char *api_url(const struct api *api);
struct web *api_web(struct api *api);

/*
 * Ask for a path, with a JSON body or NULL. The reply is as it came, to be
 * cleared; a token that has expired is replaced, and what is 429 is asked
 * again when it may be.
 */
void api_try(struct api *api, const char *method, const char *path,
    const char *body, struct web_reply *reply);

/*
 * EXIT_SUCCESS for a reply of 200 to 299; or the status to exit with, and it
 * is said what is wrong and what to do.
 */
MUST_CHECK int api_judge(const struct api *api, const struct web_reply *reply);

/* Both. */
MUST_CHECK int api_ask(struct api *api, const char *method, const char *path,
    const char *body, struct web_reply *reply);

/* Append name=value to a path, with ? or &, percent-encoded. NULL: nothing. */
void api_add(char path[API_PATH_MAX], const char *name, const char *value);

#endif
