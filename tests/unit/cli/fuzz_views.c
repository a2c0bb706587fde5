/* fuzz_views.c - whatever comes, no view reads beyond it (the sanitizer sees).
 */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "cli/event.h"
#include "cli/http_message.h"
#include "cli/json_view.h"
#include "cli/signature_check.h"

#include "mutate.h"

#define ROUNDS 20000

static const char *const seeds[] = {
	"{\"data\":[{\"id\":\"msg_1\",\"type\":\"a.b\",\"timestamp\":\"2026\","
	"\"data\":{\"x\":[1,\"\\ud83d\\ude00\\u00e9\\/\"]}}],"
	"\"next_cursor\":\"00\"}",
	"{\"id\":\"msg_1\",\"type\":\"a\"}",
	"[[[{\"a\":\"\\\"\"}]], null, -1.5e3]",
	"POST /a HTTP/1.1\r\nwebhook-id: msg_1\r\nwebhook-timestamp: "
	"1614265330\r\nwebhook-signature: v1,g0hM9SsE+OTPJTGt/"
	"tmIKtSyZlE3uFJELVlNIOLJ1OE= v1a,x\r\nContent-Length: 9\r\n\r\n{\"a\": "
	"\"\\u00e9\"}",
	"A: b\nTransfer-Encoding: chunked\nwebhook-id: "
	"x\nwebhook-timestamp: 1\nwebhook-signature: v1,AAAAAAAAAAAAAAAAAAAAAAA"
	"AAAAAAAAAAAAAAAAAAAA=\n\n3\nabc\n0\n\n",
};

static void
look_at_json(struct text json)
{
	struct text rest = json_view_member(json, "data"), element;
	char room[32];
	struct event event;
	size_t length;

	if (rest.length == 0)
		rest = json;
	while (json_view_next(&rest, &element))
		if (event_read(element, &event))
			free(event_body(&event, &length));
	json_view_string(json, room, sizeof room);
	json_view_compact(json, " ", room, sizeof room);
	(void)!json_view_whole(json);
}

static void
look_at_request(char *text, size_t length)
{
	static const char secret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
	struct http_message message = { .count = 0 };
	struct signature_question q = { .request = &message,
		.secrets = { { secret, sizeof secret - 1 } },
		.secret_count = 1 };
	struct signature_report report;

	if (http_message_read(text, length, &message) == NULL) {
		cr_assert(signature_check(&q, &report));
		cr_assert(report.verified || report.count > 0);
	}
}

Test(fuzz_views, nothing_is_read_beyond_its_end)
{
	static struct document documents[sizeof seeds / sizeof *seeds];
	const size_t count = sizeof seeds / sizeof *seeds;
	uint64_t seed = 15;

	for (size_t i = 0; i < count; i++) {
		documents[i].length = strlen(seeds[i]);
		memcpy(documents[i].bytes, seeds[i], documents[i].length);
	}
	for (unsigned long n = mutate_rounds(ROUNDS); n > 0; n--) {
		struct document d = documents[mutate_below(count, &seed)];
		char *exact;

		mutate(&d, &documents[mutate_below(count, &seed)], &seed);
		exact = malloc(d.length == 0 ? 1 : d.length);
		memcpy(exact, d.bytes, d.length);
		look_at_json((struct text){ exact, d.length });
		look_at_request(exact, d.length);
		free(exact);
	}
}
