/* transfer.c - one attempt as an HTTP exchange: signs it, reads its end. */
#include "delivery/transfer.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"

static const enum ending endings[] = {
	[HTTP_ANSWERED] = ENDING_ANSWERED,
	[HTTP_TIMEOUT] = ENDING_TIMEOUT,
	[HTTP_TLS] = ENDING_TLS,
	[HTTP_NETWORK] = ENDING_NETWORK,
	[HTTP_GARBAGE] = ENDING_GARBAGE,
	[HTTP_REFUSED] = ENDING_REFUSED,
};

/* By the webhook's secrets, then by the platform's keys. */
static void
write_signatures(struct attempt *a, const char *timestamp,
    struct platform_signer *signers, char *text)
{
	struct hmac_signature_key keys[HMAC_SIGNATURE_KEYS_MAX];
	const char *content;
	size_t length;

	for (size_t i = 0; i < a->secret_count; i++)
		keys[i] = (struct hmac_signature_key){ a->secrets[i],
			SECRET_READ_MAX };
	content = attempt_content(a, timestamp, &length);
	hmac_signature_write(content, length, keys, a->secret_count, text);
	platform_signer_write(signers, a->account, content, length,
	    text + strlen(text));
}

/* Returns their length. */
static size_t
write_fields(struct attempt *a, struct platform_signer *signers,
    char fields[TRANSFER_FIELDS_MAX])
{
	char id[ATTEMPT_MESSAGE_LENGTH + 1];
	char timestamp[ATTEMPT_TIMESTAMP_MAX + 1];
	char signature[HMAC_SIGNATURE_MAX + PLATFORM_SIGNER_TEXT_MAX];
	char trace[TRACEPARENT_LENGTH + 1] = "";
	bool traced = a->trace.trace[0] != '\0';

	if (traced)
		traceparent_write(&a->trace, trace);
	attempt_message(a, id);
	snprintf(timestamp, sizeof timestamp, "%lld", (long long)time(NULL));
	write_signatures(a, timestamp, signers, signature);
	return (size_t)snprintf(fields, TRANSFER_FIELDS_MAX,
	    "Content-Type: application/json\r\n"
	    "webhook-id: %s\r\n"
	    "webhook-timestamp: %s\r\n"
	    "webhook-signature: %s\r\n"
	    "%s%s%s",
	    id, timestamp, signature, traced ? "traceparent: " : "", trace,
	    traced ? "\r\n" : "");
}

void
transfer_begin(struct transfer *t, struct attempt *a,
    struct platform_signer *signers)
{
	t->attempt = a;
	t->exchange = (struct http_exchange){
		.url = a->url,
		.timeout_s = a->timeout_s,
		.fields = t->fields,
		.fields_length = write_fields(a, signers, t->fields),
		.more_fields = a->headers,
		.more_fields_length = a->headers_length,
		.body = a->body,
		.body_length = a->body_length,
		.answer = a->answer,
		.answer_max = sizeof a->answer,
		.answer_headers = a->answer_headers,
		.answer_headers_max = sizeof a->answer_headers,
	};
	_Static_assert(sizeof a->account == sizeof t->exchange.owner,
	    "an account is an owner");
	memcpy(t->exchange.owner, a->account, sizeof a->account);
	a->began_ms = clock_now_ms();
}

#define NOTE_TIME(name) a->name = x->name;
#define NOTE_TEXT(name, size) memcpy(a->name, x->name, size);
#define NOTE_BYTES(name, size) a->name##_length = x->name##_length;
#define NOTE_NOTHING(...)

struct attempt *
transfer_end(struct transfer *t)
{
	const struct http_exchange *x = &t->exchange;
	struct attempt *a = t->attempt;

	attempt_end(a, endings[x->end], x->status);
	a->retry_after = x->retry_after_s;
	_Static_assert(sizeof a->peer == sizeof x->peer &&
		sizeof a->tls == sizeof x->tls &&
		sizeof a->error == sizeof x->error,
	    "their texts have the same size");
	ATTEMPT_FACTS(NOTE_NOTHING, NOTE_TIME, NOTE_TEXT, NOTE_BYTES)
	t->attempt = NULL;
	return a;
}
