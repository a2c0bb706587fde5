/* signature_parts.c - what a signature is checked by: headers, items, keys. */
#include "cli/signature_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#define ITEMS_MAX 64
#define SECONDS_DIGITS_MAX 11

void
signature_parts_find(struct signature_parts *p, const char *cause,
    const char *format, ...)
{
	struct signature_report *report = p->report;
	struct signature_finding *f = &report->findings[report->count];
	va_list args;

	if (report->count == SIGNATURE_CHECK_FINDINGS_MAX)
		return;
	f->cause = cause;
	va_start(args, format);
	vsnprintf(f->text, sizeof f->text, format, args);
	va_end(args);
	report->count++;
}

/* The value of a field that must be there once. */
static struct text
take_field(struct signature_parts *p, const char *name)
{
	const struct http_message *request = p->question->request;
	char older[32];
	size_t count;
	struct text value = http_message_value(request, name, &count);

	snprintf(older, sizeof older, "svix-%s", name + strlen("webhook-"));
	if (count > 1)
		signature_parts_find(p, "repeated_header",
		    "%s comes %zu times.", name, count);
	else if (count == 1 && value.length == 0)
		signature_parts_find(p, "missing_header", "%s is empty.", name);
	else if (count == 0 &&
	    http_message_value(request, older, NULL).length > 0)
		signature_parts_find(p, "missing_header",
		    "%s is missing. %s is not its name in Standard Webhooks.",
		    name, older);
	else if (count == 0)
		signature_parts_find(p, "missing_header", "%s is missing.",
		    name);
	return value;
}

static long long
number_of(struct text digits)
{
	long long n = 0;

	for (size_t i = 0; i < digits.length; i++)
		n = 10 * n + (digits.start[i] - '0');
	return n;
}

static bool
are_digits(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (!text_is_digit(text.start[i]))
			return false;
	return text.length > 0;
}

static void
check_age(struct signature_parts *p, long long at)
{
	long long off = p->question->now - at, age = p->question->age;

	if (age == 0 || (off <= age && off >= -age))
		return;
	if (off > 0)
		signature_parts_find(p, "clock",
		    "webhook-timestamp is %lld s old, and %lld s is the limit: "
		    "the request was kept or sent again, or this clock is "
		    "fast.",
		    off, age);
	else
		signature_parts_find(p, "clock",
		    "webhook-timestamp is %lld s in the future, and %lld s is "
		    "the limit: this clock is slow, or the sender's is fast.",
		    -off, age);
}

static void
check_timestamp(struct signature_parts *p)
{
	struct text given = p->trial.timestamp;

	if (given.length == 0)
		return;
	if (!are_digits(given))
		signature_parts_find(p, "malformed_timestamp",
		    "webhook-timestamp is \"%.*s\". It must be the seconds "
		    "since 1970, in digits.",
		    (int)(given.length < 64 ? given.length : 64), given.start);
	else if (given.length > SECONDS_DIGITS_MAX)
		signature_parts_find(p, "malformed_timestamp",
		    "webhook-timestamp has %zu digits: it seems to be in "
		    "milliseconds, and must be in seconds.",
		    given.length);
	else
		check_age(p, number_of(given));
}

/* Why 32 or 64 bytes of base64 cannot be read from this. */
static const char *
what_it_is(struct text text, size_t bytes)
{
	size_t hex = 0, url = 0;

	for (size_t i = 0; i < text.length; i++) {
		hex += text_hex_value(text.start[i]) >= 0;
		url += text.start[i] == '-' || text.start[i] == '_';
	}
	if (hex == text.length && text.length == 2 * bytes)
		return "it is in hexadecimal";
	if (url > 0)
		return "it is in the base64 of URLs, with - and _";
	if (text.length <
	    sodium_base64_ENCODED_LEN(bytes, sodium_base64_VARIANT_ORIGINAL) -
		1)
		return "it is too short: it may have been cut";
	return "it is too long, or holds other characters";
}

static bool
decode(struct text text, unsigned char *bytes, size_t size)
{
	const char *end;
	size_t got;

	return sodium_base642bin(bytes, size, text.start, text.length, NULL,
		   &got, &end, sodium_base64_VARIANT_ORIGINAL) == 0 &&
	    end == text.start + text.length && got == size;
}

/* An item, behind its version and comma. */
static void
take_signature(struct signature_parts *p, const char *version, struct text text,
    unsigned char *all, size_t size, size_t *count)
{
	if (*count == SIGNATURE_TRIAL_MACS_MAX)
		return;
	if (decode(text, all + *count * size, size))
		++*count;
	else
		signature_parts_find(p, "malformed_signature",
		    "A %s signature must be %zu bytes in base64, but %s.",
		    version, size, what_it_is(text, size));
}

static bool
is_version(struct text item, const char *version)
{
	return item.length == strlen(version) &&
	    memcmp(item.start, version, item.length) == 0;
}

static void
take_item(struct signature_parts *p, struct text item, size_t *strange)
{
	struct text version = text_take_until(&item, ",");
	struct signature_trial *t = &p->trial;

	if (!text_take_byte(&item, ','))
		signature_parts_find(p, "malformed_signature",
		    "webhook-signature must be items such as v1,BASE64 with "
		    "blanks between, but one has no comma.");
	else if (is_version(version, "v1"))
		take_signature(p, "v1", item, t->macs[0],
		    SIGNATURE_TRIAL_MAC_BYTES, &t->mac_count);
	else if (is_version(version, "v1a"))
		take_signature(p, "v1a", item, p->v1a[0],
		    ED25519_SIGNATURE_BYTES, &p->v1a_count);
	else
		++*strange;
}

/* Is there a signature that somebody with these keys can verify? */
static void
check_versions(struct signature_parts *p, size_t strange)
{
	bool v1 = p->trial.mac_count > 0, v1a = p->v1a_count > 0;

	if ((v1 && p->question->secret_count > 0) ||
	    (v1a && p->question->public_count > 0))
		return;
	if (v1)
		signature_parts_find(p, "version",
		    "It has v1 signatures alone, which the webhook's secret "
		    "verifies, and only a public key was given.");
	else if (v1a)
		signature_parts_find(p, "version",
		    "It has v1a signatures alone, which the account's public "
		    "keys verify, and only a secret was given.");
	else if (strange > 0)
		signature_parts_find(p, "version",
		    "None of its signatures is of a version that is known: "
		    "they are v1 and v1a.");
	else
		signature_parts_find(p, "malformed_signature",
		    "webhook-signature has no signature in it.");
}

static void
read_signatures(struct signature_parts *p, struct text header)
{
	size_t strange = 0, before = p->report->count;

	for (size_t i = 0; i < ITEMS_MAX && header.length > 0; i++) {
		struct text item = text_take_until(&header, " ");

		if (item.length > 0)
			take_item(p, item, &strange);
		text_take_byte(&header, ' ');
	}
	if (p->report->count == before)
		check_versions(p, strange);
}

static void
read_secrets(struct signature_parts *p)
{
	const struct signature_question *q = p->question;

	for (size_t i = 0; i < q->secret_count; i++) {
		size_t n = p->trial.key_count;
		const char *wrong =
		    secret_read(q->secrets[i], p->bytes[n], &p->keys[n].length);

		p->keys[n].bytes = p->bytes[n];
		p->secrets[n] = q->secrets[i];
		if (wrong == NULL)
			p->trial.key_count++;
		else
			signature_parts_find(p, "malformed_secret",
			    "The secret cannot be used: %s.", wrong);
	}
}

static void
read_public_keys(struct signature_parts *p)
{
	const struct signature_question *q = p->question;

	for (size_t i = 0; i < q->public_count; i++) {
		struct text key = q->public_keys[i];

		if (text_starts_with(key, "whpk_") &&
		    decode((struct text){ key.start + 5, key.length - 5 },
			p->public_keys[p->public_count], KEYFILE_PUBLIC_BYTES))
			p->public_count++;
		else
			signature_parts_find(p, "malformed_secret",
			    "The public key cannot be used: it must be whpk_ "
			    "and 32 bytes in base64.");
	}
}

void
signature_parts_read(struct signature_parts *p)
{
	struct text signatures;

	p->trial.id = take_field(p, "webhook-id");
	p->trial.timestamp = take_field(p, "webhook-timestamp");
	signatures = take_field(p, "webhook-signature");
	p->trial.body = p->question->request->body;
	p->trial.keys = p->keys;
	p->trial.secrets = p->secrets;
	check_timestamp(p);
	read_secrets(p);
	read_public_keys(p);
	if (signatures.length > 0)
		read_signatures(p, signatures);
}
