/* api_token.c - what a request to the API is authorised with. */
#include "cli/api_token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "common/option_table.h"

#include "cli/command.h"
#include "cli/json_view.h"
#include "cli/output.h"
#include "cli/slurp.h"

#define URL_MAX 2304
#define WHY_MAX 512
#define SECONDS 20
#define ANSWER_MAX 65536

/* Letters, digits and what else tokens are made of: safe in a header. */
static bool
is_plain(const char *text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789-._~+/=";

	return *text != '\0' && strspn(text, allowed) == strlen(text);
}

static bool
take_client(struct api_token *to, const char *text)
{
	static const char head[] = "Authorization: Basic ";

	to->token[0] = '\0';
	snprintf(to->basic, sizeof to->basic, "%s", head);
	sodium_bin2base64(to->basic + strlen(head),
	    sizeof to->basic - strlen(head), (const unsigned char *)text,
	    strlen(text), sodium_base64_VARIANT_ORIGINAL);
	return true;
}

/* What is between the blanks at both ends: TOKEN, or ID:SECRET. */
static bool
take_text(struct api_token *to, char *text)
{
	char *start = text + strspn(text, " \t\r\n");
	size_t n = strcspn(start, " \t\r\n");
	char *colon;

	if (start[n + strspn(start + n, " \t\r\n")] != '\0' ||
	    n >= API_TOKEN_MAX)
		return false;
	start[n] = '\0';
	colon = strchr(start, ':');
	if (colon != NULL) {
		*colon = '\0';
		if (!is_plain(start) || !is_plain(colon + 1))
			return false;
		*colon = ':';
		return take_client(to, start);
	}
	if (!is_plain(start))
		return false;
	snprintf(to->token, sizeof to->token, "%s", start);
	return true;
}

static int
complain_of_text(const char *path)
{
	output_complain("%s: must hold an access token, pst_..., or "
			"CLIENT_ID:SECRET of an OAuth client",
	    path);
	return EXIT_USAGE;
}

int
api_token_read(struct api_token *token, const char *path)
{
	char why[WHY_MAX], typed[API_TOKEN_MAX];
	size_t length;
	char *text;
	bool ok;

	if (path == NULL) {
		if (!slurp_hidden_line("Access token: ", typed, sizeof typed)) {
			output_complain(
			    "there is no access token: --token-file FILE, or "
			    "POSTERN_TOKEN_FILE, names a file that has it");
			return EXIT_USAGE;
		}
		ok = take_text(token, typed);
		sodium_memzero(typed, sizeof typed);
		return ok ? EXIT_SUCCESS : complain_of_text("what was typed");
	}
	text = slurp_file(path, API_TOKEN_MAX, true, &length, why, sizeof why);
	if (text == NULL) {
		output_complain("%s", why);
		return EXIT_USAGE;
	}
	ok = take_text(token, text);
	sodium_memzero(text, length);
	free(text);
	return ok ? EXIT_SUCCESS : complain_of_text(path);
}

static void
post_form(const struct api_token *token, struct web *web, const char *url,
    const char *path, const char *form, int stop, struct web_reply *reply)
{
	char whole[URL_MAX];
	const struct web_question q = { .method = "POST",
		.url = whole,
		.fields = { token->basic,
		    "Content-Type: application/x-www-form-urlencoded" },
		.body = { form, strlen(form) },
		.seconds = SECONDS,
		.most = ANSWER_MAX };

	snprintf(whole, sizeof whole, "%s%s", url, path);
	web_ask(web, &q, stop, reply);
}

/* Get a token for the client. False: reply is what came instead. */
static bool
ask_for_token(struct api_token *token, struct web *web, const char *url,
    int stop, struct web_reply *reply)
{
	struct text answer;

	post_form(token, web, url, "/oauth/token",
	    "grant_type=client_credentials", stop, reply);
	if (reply->end != WEB_ANSWERED || reply->status != 200)
		return false;
	answer = (struct text){ reply->body, reply->length };
	json_view_string(json_view_member(answer, "access_token"), token->token,
	    sizeof token->token);
	web_reply_clear(reply);
	if (is_plain(token->token))
		return true;
	token->token[0] = '\0';
	reply->end = WEB_BROKEN;
	snprintf(reply->why, sizeof reply->why, "its answer has no token");
	return false;
}

bool
api_token_field(struct api_token *token, struct web *web, const char *url,
    int stop, char field[API_TOKEN_FIELD_MAX], struct web_reply *reply)
{
	if (token->token[0] == '\0' &&
	    !ask_for_token(token, web, url, stop, reply))
		return false;
	snprintf(field, API_TOKEN_FIELD_MAX, "Authorization: Bearer %s",
	    token->token);
	return true;
}

bool
api_token_expire(struct api_token *token)
{
	if (token->basic[0] == '\0')
		return false;
	token->token[0] = '\0';
	return true;
}

void
api_token_give_back(struct api_token *token, struct web *web, const char *url)
{
	char form[API_TOKEN_MAX + 8];
	struct web_reply reply;

	if (token->basic[0] == '\0' || token->token[0] == '\0')
		return;
	/* nothing in it has to be encoded but these three, which it lacks */
	if (strpbrk(token->token, "+/=") != NULL)
		return;
	snprintf(form, sizeof form, "token=%s", token->token);
	post_form(token, web, url, "/oauth/revoke", form, -1, &reply);
	web_reply_clear(&reply);
	sodium_memzero(form, sizeof form);
}
