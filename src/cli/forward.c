/* forward.c - sends an event to a receiver of one's own, signed. */
#include "cli/forward.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "common/hmac_signature.h"
#include "common/secret.h"

#define FIELD_MAX 512
#define ANSWER_MAX (1U << 20)

/* The webhook-signature field; false: out of memory, or a bad key. */
static bool
write_signature(const struct forward *f, const char *id, const char *at,
    struct text body, char field[FIELD_MAX])
{
	static const char name[] = "webhook-signature: ";
	unsigned char bytes[SECRET_READ_MAX];
	struct hmac_signature_key key = { bytes, 0 };
	size_t head = strlen(id) + strlen(at) + 2;
	char *content = malloc(head + body.length + 1);
	bool ok = content != NULL &&
	    secret_read((struct text){ f->key, strlen(f->key) }, bytes,
		&key.length) == NULL;

	if (ok) {
		snprintf(content, head + 1, "%s.%s.", id, at);
		memcpy(content + head, body.start, body.length);
		memcpy(field, name, sizeof name);
		hmac_signature_write(content, head + body.length, &key, 1,
		    field + strlen(name));
	}
	sodium_memzero(bytes, sizeof bytes);
	free(content);
	return ok;
}

void
forward_send(const struct forward *forward, const char *id, struct text body,
    struct web_reply *reply)
{
	char at[24], name[FIELD_MAX], time_field[FIELD_MAX], sign[FIELD_MAX];
	const struct web_question q = { .method = "POST",
		.url = forward->url,
		.fields = { "Content-Type: application/json", name, time_field,
		    sign },
		.body = body,
		.seconds = forward->seconds,
		.most = ANSWER_MAX };

	snprintf(at, sizeof at, "%lld", (long long)time(NULL));
	snprintf(name, sizeof name, "webhook-id: %s", id);
	snprintf(time_field, sizeof time_field, "webhook-timestamp: %s", at);
	if (write_signature(forward, id, at, body, sign))
		web_ask(forward->web, &q, forward->stop, reply);
	else
		*reply = (struct web_reply){ .end = WEB_WRONG,
			.why = "it cannot be signed" };
}

void
forward_describe(const struct web_reply *reply, char *text, size_t size)
{
	if (reply->end == WEB_ANSWERED || reply->end == WEB_TOO_LARGE)
		snprintf(text, size, "%u in %u ms", reply->status,
		    reply->took_ms);
	else
		snprintf(text, size, "%s", reply->why);
}
