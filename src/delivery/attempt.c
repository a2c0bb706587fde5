/* attempt.c - one attempt at a delivery: what to send, and how it ended. */
#include "delivery/attempt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

struct attempt *
attempt_new(const char *url, size_t url_length, const char *body,
    size_t body_length)
{
	size_t start = url_length + 1 + ATTEMPT_HEAD_MAX;
	struct attempt *a = calloc(1, sizeof *a + start + body_length + 1);

	if (a == NULL)
		return NULL;
	memcpy(a->text, url, url_length);
	a->url = a->text;
	if (body == NULL)
		return a;
	a->body = a->text + start;
	memcpy(a->body, body, body_length);
	a->body_length = body_length;
	return a;
}

bool
attempt_set_headers(struct attempt *a, struct text headers)
{
	a->headers = malloc(headers.length);
	if (a->headers == NULL)
		return false;
	memcpy(a->headers, headers.start, headers.length);
	a->headers_length = headers.length;
	return true;
}

void
attempt_free(struct attempt *a)
{
	if (a == NULL)
		return;
	explicit_bzero(a->secrets, sizeof a->secrets);
	if (a->headers != NULL)
		explicit_bzero(a->headers, a->headers_length);
	free(a->headers);
	free(a);
}

void
attempt_free_all(struct attempt *first)
{
	struct attempt *next;

	for (; first != NULL; first = next) {
		next = first->next;
		attempt_free(first);
	}
}

void
attempt_end(struct attempt *a, enum ending ending, int status)
{
	a->ending = ending;
	a->status = status;
	a->verdict = verdict_of(ending, status);
}

void
attempt_leave_out(struct attempt *a)
{
	a->body = NULL;
	a->body_length = 0;
	attempt_end(a, ENDING_RETURNED, 0);
}

void
attempt_message(const struct attempt *a, char text[ATTEMPT_MESSAGE_LENGTH + 1])
{
	memcpy(text, "msg_", 4);
	id_text(a->message, text + 4);
}

const char *
attempt_content(struct attempt *a, const char *timestamp, size_t *length)
{
	char id[ATTEMPT_MESSAGE_LENGTH + 1], head[ATTEMPT_HEAD_MAX];
	size_t head_length;

	attempt_message(a, id);
	head_length =
	    (size_t)snprintf(head, sizeof head, "%s.%s.", id, timestamp);
	memcpy(a->body - head_length, head, head_length);
	*length = head_length + a->body_length;
	return a->body - head_length;
}

void
attempt_log(const struct attempt *a)
{
	const struct verdict *v = a->verdict;
	bool failed = v->fate == FATE_FAILED || v->fate == FATE_RETRY;
	int level = failed ? LOG_WARNING : LOG_DEBUG;
	char account[ID_UUID_LENGTH + 1], webhook[ID_UUID_LENGTH + 1];
	char message[ATTEMPT_MESSAGE_LENGTH + 1];
	const struct log_field fields[] = {
		{ "delivery", NULL, (long long)a->id },
		{ "attempt", NULL, a->attempt_no },
		{ "account", account, 0 },
		{ "webhook", webhook, 0 },
		{ "message", message, 0 },
		{ "verdict", v->name, 0 },
		{ "status", a->status == 0 ? "" : NULL, a->status },
		{ "error", a->error, 0 },
		{ "trace", a->trace.trace, 0 },
		{ "span", a->trace.span, 0 },
		{ NULL, NULL, 0 },
	};

	if (!log_wants(level))
		return;
	id_uuid(a->account, account);
	id_uuid(a->webhook, webhook);
	attempt_message(a, message);
	log_about(level, fields, failed ? "attempt failed" : "attempt made");
}
