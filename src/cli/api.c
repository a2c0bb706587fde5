/* api.c - Postern's HTTP API, as a person's program asks it. */
#include "cli/api.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "common/option_table.h"

#include "cli/api_token.h"
#include "cli/json_view.h"
#include "cli/output.h"

#define SECONDS 20
#define WAITS_MAX 5
#define WAIT_MAX_SECONDS 60
#define TEXT_MAX 512
#define WORD_MAX 64

struct api {
	struct web *web;
	char url[API_URL_MAX];
	struct api_token token;
	int stop;
};

/* What to do about a refusal; the first row that fits. */
static const struct advice {
	unsigned status;
	int exit;
	const char *what;
} advices[] = {
	{ 401, EXIT_FORBIDDEN,
	    "an operator issues tokens, with postern.issue_token()" },
	{ 403, EXIT_FORBIDDEN,
	    "the token may not do this: one with the scope webhooks:write "
	    "may" },
	{ 404, EXIT_FAILURE, "\"postern api webhooks\" lists what there is" },
	{ 429, EXIT_FAILURE, "try again a little later" },
	{ 503, EXIT_AWAY, "try again a little later" },
};

static const char *
setting_of(const struct invocation *call, const char *option,
    const char *variable)
{
	const char *value = invocation_value(call, option);

	if (value == NULL)
		value = getenv(variable);
	return value == NULL || *value == '\0' ? NULL : value;
}

int
api_find(const struct invocation *call, char url[API_URL_MAX])
{
	const char *given = setting_of(call, "url", "POSTERN_URL");
	size_t n;

	if (given == NULL) {
		output_complain("where is the API? --url https://HOST, or set "
				"POSTERN_URL");
		return EXIT_USAGE;
	}
	n = strlen(given);
	while (n > 0 && given[n - 1] == '/')
		n--;
	if (!web_is_safe(given) || n >= API_URL_MAX ||
	    strpbrk(given, "?#") != NULL) {
		output_complain("the API's URL must be https://HOST: a token "
				"is not sent without encryption");
		return EXIT_USAGE;
	}
	snprintf(url, API_URL_MAX, "%.*s", (int)n, given);
	return EXIT_SUCCESS;
}

int
api_open(const struct invocation *call, struct api **api)
{
	struct api *a = calloc(1, sizeof *a);
	int status = EXIT_FAILURE;

	if (a == NULL || sodium_init() == -1) {
		output_complain("out of memory");
		free(a);
		return status;
	}
	a->stop = -1;
	status = api_find(call, a->url);
	if (status == EXIT_SUCCESS)
		status = api_token_read(&a->token,
		    setting_of(call, "token-file", "POSTERN_TOKEN_FILE"));
	if (status == EXIT_SUCCESS) {
		a->web = web_open(setting_of(call, "ca-file", "POSTERN_CA"));
		if (a->web != NULL) {
			*api = a;
			return EXIT_SUCCESS;
		}
		output_complain("libcurl cannot be used");
		status = EXIT_FAILURE;
	}
	api_close(a);
	return status;
}

void
api_close(struct api *api)
{
	if (api == NULL)
		return;
	if (api->web != NULL)
		api_token_give_back(&api->token, api->web, api->url);
	web_close(api->web);
	sodium_memzero(api, sizeof *api);
	free(api);
}

void
api_stop_by(struct api *api, int stop)
{
	api->stop = stop;
}

const char *
api_url(const struct api *api)
{
	return api->url;
}

struct web *
api_web(struct api *api)
{
	return api->web;
}

static void
ask_once(struct api *api, const char *method, const char *path,
    const char *body, struct web_reply *reply)
{
	char url[API_URL_MAX + API_PATH_MAX], field[API_TOKEN_FIELD_MAX];
	struct web_question q = { .method = method,
		.url = url,
		.fields = { field,
		    body == NULL ? NULL : "Content-Type: application/json" },
		.body = { body, body == NULL ? 0 : strlen(body) },
		.seconds = SECONDS,
		.most = API_ANSWER_MAX };

	*reply = (struct web_reply){ .end = WEB_WRONG };
	snprintf(url, sizeof url, "%s%s", api->url, path);
	if (!api_token_field(&api->token, api->web, api->url, api->stop, field,
		reply))
		return;
	web_ask(api->web, &q, api->stop, reply);
	sodium_memzero(field, sizeof field);
}

/* Nothing of a request that is 429 was done. False: it does not pay. */
static bool
wait_for_turn(const struct api *api, const struct web_reply *reply)
{
	struct pollfd stop = { .fd = api->stop, .events = POLLIN };
	unsigned seconds = reply->retry_after > 0 ? reply->retry_after : 1;

	if (reply->end != WEB_ANSWERED || reply->status != 429 ||
	    seconds > WAIT_MAX_SECONDS)
		return false;
	return poll(&stop, 1, (int)seconds * 1000) == 0;
}

void
api_try(struct api *api, const char *method, const char *path, const char *body,
    struct web_reply *reply)
{
	bool renewed = false;

	for (unsigned waits = 0;;) {
		ask_once(api, method, path, body, reply);
		if (!renewed && reply->end == WEB_ANSWERED &&
		    reply->status == 401 && api_token_expire(&api->token))
			renewed = true;
		else if (waits++ >= WAITS_MAX || !wait_for_turn(api, reply))
			return;
		web_reply_clear(reply);
	}
}

static int
complain_of_end(const struct api *api, const struct web_reply *reply)
{
	output_complain("%s: %s", api->url, reply->why);
	if (reply->end == WEB_UNTRUSTED)
		output_complain("--ca-file FILE, or POSTERN_CA, names "
				"certificates to trust");
	return EXIT_AWAY;
}

int
api_judge(const struct api *api, const struct web_reply *reply)
{
	struct text answer = { reply->body, reply->length };
	char text[TEXT_MAX], code[WORD_MAX], id[WORD_MAX + 1];

	if (reply->end != WEB_ANSWERED)
		return complain_of_end(api, reply);
	if (reply->status >= 200 && reply->status <= 299)
		return EXIT_SUCCESS;
	if (!json_view_string(json_view_member(answer, "text"), text,
		sizeof text) &&
	    !json_view_string(json_view_member(answer, "error"), text,
		sizeof text))
		snprintf(text, sizeof text,
		    "The answer is not Postern's: is "
		    "this its URL?");
	json_view_string(json_view_member(answer, "code"), code, sizeof code);
	json_view_string(json_view_member(answer, "errorId"), id, sizeof id);
	output_complain("%s (%u%s%s%s%s)", text, reply->status,
	    *code == '\0' ? "" : " ", code, *id == '\0' ? "" : ", errorId ",
	    id);
	for (size_t i = 0; i < COUNT(advices); i++)
		if (advices[i].status == reply->status) {
			output_complain("%s", advices[i].what);
			return advices[i].exit;
		}
	return reply->status < 500 ? EXIT_FAILURE : EXIT_AWAY;
}

int
api_ask(struct api *api, const char *method, const char *path, const char *body,
    struct web_reply *reply)
{
	api_try(api, method, path, body, reply);
	return api_judge(api, reply);
}

void
api_add(char path[API_PATH_MAX], const char *name, const char *value)
{
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "abcdefghijklmnopqrstuvwxyz"
					 "0123456789-._~";
	size_t n = strlen(path);

	if (value == NULL)
		return;
	n += (size_t)snprintf(path + n, API_PATH_MAX - n,
	    "%c%s=", strchr(path, '?') == NULL ? '?' : '&', name);
	for (; *value != '\0' && n + 3 < API_PATH_MAX; value++)
		n += (size_t)snprintf(path + n, API_PATH_MAX - n,
		    strchr(unreserved, *value) != NULL ? "%c" : "%%%02X",
		    (unsigned char)*value);
}
