/* signature_check.c - each way in which a request fails has its own cause. */
#include "cli/signature_check.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <sodium.h>

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define OTHER "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define ID "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define TIME "1614265330"
#define GOOD "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
#define BODY "{\"test\": 2432232314}"
#define NOW 1614265331
#define SIZE 4096

static char text[SIZE];

/* The signature that the bytes of SECRET make of this, as an item. */
static const char *
sign(const char *content, const void *key, size_t key_length)
{
	static char item[64];
	unsigned char mac[32];
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, key, key_length);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)content,
	    strlen(content));
	crypto_auth_hmacsha256_final(&state, mac);
	memcpy(item, "v1,", 3);
	sodium_bin2base64(item + 3, sizeof item - 3, mac, sizeof mac,
	    sodium_base64_VARIANT_ORIGINAL);
	return item;
}

static const char *
sign_body(const char *body)
{
	static const unsigned char key[] = { 0x31, 0xf2, 0x90, 0xf6, 0xbf, 0x06,
		0x29, 0x8a, 0xab, 0x4f, 0x08, 0xd4, 0x3c, 0x3f, 0x08, 0x2c,
		0xf6, 0x48, 0xa3, 0x62, 0xda, 0x2d, 0xa4, 0xb0 };
	char content[SIZE];

	snprintf(content, sizeof content, "%s.%s.%s", ID, TIME, body);
	return sign(content, key, sizeof key);
}

static struct signature_report
check(const char *request, const char *secret, const char *public_key,
    long long now)
{
	struct http_message message = { .count = 0 };
	struct signature_question q = { .request = &message,
		.now = now,
		.age = SIGNATURE_CHECK_AGE };
	struct signature_report report;

	if (secret != NULL)
		q.secrets[q.secret_count++] =
		    (struct text){ secret, strlen(secret) };
	if (public_key != NULL)
		q.public_keys[q.public_count++] =
		    (struct text){ public_key, strlen(public_key) };
	snprintf(text, sizeof text, "%s", request);
	cr_assert_null(http_message_read(text, strlen(text), &message));
	cr_assert(signature_check(&q, &report));
	return report;
}

static const char *
compose(const char *id, const char *time, const char *signature,
    const char *body)
{
	static char request[SIZE];

	snprintf(request, sizeof request,
	    "POST /hook HTTP/1.1\r\nHost: x\r\n%s%s\r\n%s%s\r\n%s%s\r\n\r\n%s",
	    id[0] == '-' ? "X-A: " : "Webhook-Id: ", id,
	    time[0] == '-' ? "X-B: " : "webhook-timestamp:", time,
	    signature[0] == '-' ? "X-C: " : "WEBHOOK-SIGNATURE: ", signature,
	    body);
	return request;
}

static void
expect(const struct signature_report *report, const char *cause,
    const char *part)
{
	cr_assert_not(report->verified);
	cr_assert_eq(report->count, 1, "%zu: %s", report->count,
	    report->findings[1].text);
	cr_assert_str_eq(report->findings[0].cause, cause, "%s: %s",
	    report->findings[0].cause, report->findings[0].text);
	cr_assert_not_null(strstr(report->findings[0].text, part), "%s",
	    report->findings[0].text);
}

Test(signature_check, the_vector_of_the_specification_is_verified)
{
	struct signature_report report =
	    check(compose(ID, TIME, GOOD, BODY), SECRET, NULL, NOW);

	cr_assert(report.verified, "%s", report.findings[0].text);
	cr_assert_str_eq(report.with, "v1");
}

Test(signature_check, one_good_signature_among_others_will_do)
{
	struct signature_report report =
	    check(compose(ID, TIME,
		      "v2,xyz v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		      "AAAAA=  " GOOD,
		      BODY),
		SECRET, NULL, NOW);

	cr_assert(report.verified, "%s", report.findings[0].text);
}

Test(signature_check, each_spoilt_header_has_its_cause)
{
	static const struct {
		const char *id, *time, *signature, *secret, *cause, *part;
		long long now;
	} cases[] = {
		{ "-", TIME, GOOD, SECRET, "missing_header", "webhook-id", 0 },
		{ ID, "-", GOOD, SECRET, "missing_header", "webhook-timestamp",
		    0 },
		{ ID, TIME, "-", SECRET, "missing_header", "webhook-signature",
		    0 },
		{ ID, TIME, "", SECRET, "missing_header", "empty", 0 },
		{ ID, TIME, GOOD "\r\nwebhook-id: x", SECRET, "repeated_header",
		    "2 times", 0 },
		{ "-\r\nsvix-id: x", TIME, GOOD, SECRET, "missing_header",
		    "svix-id", 0 },
		{ ID, "yesterday", GOOD, SECRET, "malformed_timestamp",
		    "yesterday", 0 },
		{ ID, "+1", GOOD, SECRET, "malformed_timestamp", "+1", 0 },
		{ ID, TIME "000", GOOD, SECRET, "malformed_timestamp",
		    "milliseconds", 0 },
		{ ID, TIME, GOOD, SECRET, "clock", "301 s old",
		    1614265330 + 301 },
		{ ID, TIME, GOOD, SECRET, "clock", "301 s in the future",
		    1614265330 - 301 },
		{ ID, TIME, "v2,abc", SECRET, "version", "v1 and v1a", 0 },
		{ ID, TIME, "g0hM9SsE", SECRET, "malformed_signature", "comma",
		    0 },
		{ ID, TIME, "v1,g0hM9SsE", SECRET, "malformed_signature",
		    "short", 0 },
		{ ID, TIME,
		    "v1,834b4cf52b04f8e4cf2531adfed9882ad4b2665137b8"
		    "52442d594d20e2c9d4e1",
		    SECRET, "malformed_signature", "hexadecimal", 0 },
		{ ID, TIME, "v1,g0hM9SsE-OTPJTGt_tmIKtSyZlE3uFJELVlNIOLJ1OE",
		    SECRET, "malformed_signature", "URLs", 0 },
		{ ID, TIME, GOOD, "whsec_MfKQ", "malformed_secret", "24 bytes",
		    0 },
		{ ID, TIME, GOOD, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa",
		    "malformed_secret", "cut short", 0 },
		{ ID, TIME, GOOD, "pst_00", "malformed_secret", "access token",
		    0 },
		{ ID, TIME, GOOD, "", "malformed_secret", "empty", 0 },
		{ ID, TIME, GOOD, OTHER, "key_or_body", "another webhook's",
		    0 },
		{ "msg_other", TIME, GOOD, SECRET, "key_or_body", "webhook-id",
		    0 },
		{ ID, "1614265331", GOOD, SECRET, "key_or_body", "timestamp",
		    0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct signature_report report =
		    check(compose(cases[i].id, cases[i].time,
			      cases[i].signature, BODY),
			cases[i].secret, NULL,
			cases[i].now == 0 ? NOW : cases[i].now);

		expect(&report, cases[i].cause, cases[i].part);
	}
}

Test(signature_check, each_spoilt_body_has_its_cause)
{
	static const struct {
		const char *sent, *came, *cause, *part;
	} cases[] = {
		{ "{}", "{}\n", "body_changed", "line end was added" },
		{ "{}", "{}\r\n", "body_changed", "line end was added" },
		{ "{}\n", "{}", "body_changed", "is lost" },
		{ "{\n}\n", "{\r\n}\r\n", "body_changed", "are CR LF now" },
		{ "{\r\n}\r\n", "{\n}\n", "body_changed", "are LF now" },
		{ "{}", "\xef\xbb\xbf{}", "body_changed", "byte order mark" },
		{ "{\"a\":\"\xc3\xa9\"}", "{\"a\":\"\xc3\x83\xc2\xa9\"}",
		    "body_changed", "Latin-1" },
		{ "{\"a\":[1,2]}", "{ \"a\" : [1, 2]\n}", "body_changed",
		    "written again" },
		{ "{\"a\": [1, 2]}", "{\"a\":[1,2]}", "body_changed",
		    "written again" },
		{ "{\"a\":\"\xc3\xa9/\xf0\x9f\x98\x80\"}",
		    "{\"a\": \"\\u00e9\\/\\ud83d\\ude00\"}", "body_changed",
		    "written again" },
		{ "", "{}", "body_changed", "empty body" },
		{ "{\"amount\": 1}", "{\"amount\": 2}", "key_or_body",
		    "was changed" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct signature_report report =
		    check(compose(ID, TIME, sign_body(cases[i].sent),
			      cases[i].came),
			SECRET, NULL, NOW);

		expect(&report, cases[i].cause, cases[i].part);
		report = check(compose(ID, TIME, sign_body(cases[i].came),
				   cases[i].came),
		    SECRET, NULL, NOW);
		cr_assert(report.verified, "case %zu as it was sent", i);
	}
}

Test(signature_check, a_body_that_is_not_as_long_as_it_says)
{
	struct signature_report report =
	    check(compose(ID, TIME, GOOD "\r\nContent-Length: 20",
		      "{\"test\": 24"),
		SECRET, NULL, NOW);

	expect(&report, "body_changed", "its end is missing");
	report =
	    check(compose(ID, TIME, GOOD "\r\nContent-Encoding: gzip", "\x1f"),
		SECRET, NULL, NOW);
	expect(&report, "body_changed", "compressed");
}

Test(signature_check, a_signer_that_signs_otherwise)
{
	static const char *const contents[] = { TIME "." BODY, BODY };
	struct signature_report report;

	for (size_t i = 0; i < 2; i++) {
		report =
		    check(compose(ID, TIME,
			      sign(contents[i],
				  "\x31\xf2\x90\xf6\xbf\x06\x29\x8a\xab\x4f"
				  "\x08\xd4\x3c\x3f\x08\x2c\xf6\x48\xa3\x62"
				  "\xda\x2d\xa4\xb0",
				  24),
			      BODY),
			SECRET, NULL, NOW);
		expect(&report, "method", "webhook-id.webhook-timestamp.body");
	}
	report =
	    check(compose(ID, TIME,
		      sign(ID "." TIME "." BODY, SECRET, strlen(SECRET)), BODY),
		SECRET, NULL, NOW);
	expect(&report, "key", "secret's text");
	report = check(compose(ID, TIME,
			   sign(ID "." TIME "." BODY, SECRET + 6,
			       strlen(SECRET) - 6),
			   BODY),
	    SECRET, NULL, NOW);
	expect(&report, "key", "secret's text");
}

Test(signature_check, v1a_tells_a_wrong_secret_from_a_changed_body)
{
	unsigned char public_half[32], private_half[64], signature[64];
	static const unsigned char seed[32] = "as good as any other";
	char key[64] = "whpk_", items[256];
	struct signature_report report;

	crypto_sign_seed_keypair(public_half, private_half, seed);
	sodium_bin2base64(key + 5, sizeof key - 5, public_half, 32,
	    sodium_base64_VARIANT_ORIGINAL);
	crypto_sign_detached(signature, NULL,
	    (const unsigned char *)(ID "." TIME "." BODY),
	    strlen(ID "." TIME "." BODY), private_half);
	snprintf(items, sizeof items, "%s v1a,", GOOD);
	sodium_bin2base64(items + strlen(items), sizeof items - strlen(items),
	    signature, 64, sodium_base64_VARIANT_ORIGINAL);
	report = check(compose(ID, TIME, items, BODY), NULL, key, NOW);
	cr_assert(report.verified, "%s", report.findings[0].text);
	cr_assert_str_eq(report.with, "v1a");
	report = check(compose(ID, TIME, items, BODY), OTHER, key, NOW);
	expect(&report, "key", "not this webhook's");
	report = check(compose(ID, TIME, items, "{}"), SECRET, key, NOW);
	expect(&report, "body_changed", "Neither v1 nor v1a");
	report = check(compose(ID, TIME, items, "{}"), NULL, key, NOW);
	expect(&report, "key_or_body", "GET /v1/webhook-keys");
	report = check(compose(ID, TIME, strchr(items, ' '), BODY), SECRET,
	    NULL, NOW);
	expect(&report, "version", "only a secret was given");
	report = check(compose(ID, TIME, GOOD, BODY), NULL, key, NOW);
	expect(&report, "version", "only a public key was given");
	report = check(compose(ID, TIME, items, BODY), NULL, "whpk_AAAA", NOW);
	expect(&report, "malformed_secret", "32 bytes");
}

Test(signature_check, an_old_request_that_was_also_changed_has_both_causes)
{
	struct signature_report report =
	    check(compose(ID, TIME, GOOD, BODY "\n"), SECRET, NULL, NOW + 1000);

	cr_assert_eq(report.count, 2);
	cr_assert_str_eq(report.findings[0].cause, "clock");
	cr_assert_str_eq(report.findings[1].cause, "body_changed");
}
