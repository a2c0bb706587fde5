/* signature_check.c - is a webhook's request genuine, and if not, why? */
#include "cli/signature_check.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "cli/signature_parts.h"

/* What is signed: id.timestamp.body. To be freed; NULL: out of memory. */
static unsigned char *
make_content(const struct signature_trial *t, size_t *length)
{
	const struct text parts[] = { t->id, { ".", 1 }, t->timestamp,
		{ ".", 1 }, t->body };
	unsigned char *content;

	*length = t->id.length + t->timestamp.length + t->body.length + 2;
	content = malloc(*length);
	for (size_t i = 0, n = 0; content != NULL && i < COUNT(parts); i++) {
		if (parts[i].length > 0)
			memcpy(content + n, parts[i].start, parts[i].length);
		n += parts[i].length;
	}
	return content;
}

/* Is a v1a signature good, by any of the public keys? */
static bool
check_v1a(const struct signature_parts *p, bool *good)
{
	size_t length;
	unsigned char *content = make_content(&p->trial, &length);

	*good = false;
	if (content == NULL)
		return false;
	for (size_t i = 0; i < p->v1a_count; i++)
		for (size_t k = 0; k < p->public_count; k++)
			*good |= crypto_sign_verify_detached(p->v1a[i], content,
				     length, p->public_keys[k]) == 0;
	free(content);
	return true;
}

/* A body of another length than was announced; false: it is of that length. */
static bool
find_wrong_length(struct signature_parts *p)
{
	struct text given =
	    http_message_value(p->question->request, "content-length", NULL);
	size_t has = p->trial.body.length;
	unsigned said;

	if (!text_number(given, 1U << 30, &said) || said == has)
		return false;
	signature_parts_find(p, "body_changed",
	    has < said
		? "Content-Length is %u, but the body has %zu bytes: its end "
		  "is missing."
		: "Content-Length is %u, but the body has %zu bytes: something "
		  "was added to it.",
	    said, has);
	return true;
}

static bool
find_encoding(struct signature_parts *p)
{
	struct text coding =
	    http_message_value(p->question->request, "content-encoding", NULL);

	if (coding.length == 0 ||
	    (coding.length == 8 && text_starts_with(coding, "identity")))
		return false;
	signature_parts_find(p, "body_changed",
	    "The body is compressed (Content-Encoding). The signature is over "
	    "what it was before.");
	return true;
}

/* No signature is good: say what is known about it. */
static void
find_why(struct signature_parts *p, bool v1a)
{
	const struct signature_fault *fault = signature_trial_fault(&p->trial);

	if (fault != NULL)
		signature_parts_find(p, fault->cause, "%s", fault->sentence);
	else if (v1a)
		signature_parts_find(p, "key",
		    "The secret is not this webhook's: by the v1a signature "
		    "the request is as it was sent.");
	else if (find_wrong_length(p) || find_encoding(p))
		return;
	else if (p->question->secret_count == 0)
		signature_parts_find(p, "key_or_body",
		    "No signature is good. Either the public keys are not "
		    "this account's, which GET /v1/webhook-keys has, or the "
		    "body, webhook-id or webhook-timestamp was changed.");
	else if (p->v1a_count > 0 && p->public_count > 0)
		signature_parts_find(p, "body_changed",
		    "Neither v1 nor v1a is good: the body, webhook-id or "
		    "webhook-timestamp was changed after it was signed.");
	else
		signature_parts_find(p, "key_or_body",
		    "No signature is good, and no usual fault explains it. "
		    "Either the secret is another webhook's or has been "
		    "replaced, or the body, webhook-id or webhook-timestamp "
		    "was changed.");
}

static bool
judge(struct signature_parts *p)
{
	struct signature_report *report = p->report;
	bool v1 = signature_trial_good(&p->trial), v1a;

	if (!check_v1a(p, &v1a))
		return false;
	if (v1)
		report->with = "v1";
	else if (v1a && p->question->secret_count == 0)
		report->with = "v1a";
	else if (p->trial.mac_count + p->v1a_count > 0 &&
	    p->trial.key_count + p->public_count > 0)
		find_why(p, v1a);
	report->verified = report->with != NULL && report->count == 0;
	return true;
}

/* Only what was sent, and with what, can be judged. */
static bool
has_parts(const struct signature_report *report)
{
	for (size_t i = 0; i < report->count; i++)
		if (strcmp(report->findings[i].cause, "clock") != 0)
			return false;
	return true;
}

bool
signature_check(const struct signature_question *question,
    struct signature_report *report)
{
	struct signature_parts parts = { .question = question,
		.report = report };
	bool ok = true;

	*report = (struct signature_report){ .verified = false };
	signature_parts_read(&parts);
	if (has_parts(report))
		ok = judge(&parts);
	sodium_memzero(&parts, sizeof parts);
	return ok;
}
