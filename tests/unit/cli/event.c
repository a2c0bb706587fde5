/* event.c - events are read, wanted or not, and written as webhooks get them. */
#include "cli/event.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

static struct text
view(const char *text)
{
	return (struct text){ text, strlen(text) };
}

Test(event, its_body_is_what_a_webhook_receives)
{
	static const char *const forms[][2] = {
		{ "{\"id\":\"msg_1\",\"type\":\"a.b\",\"data\":{\"id\":1.50}}",
		    "{\"type\":\"a.b\",\"data\":{\"id\":1.50}}" },
		{ "{ \"id\" : \"msg_1\" , \"type\":\"a.b\" }",
		    "{\"type\":\"a.b\" }" },
	};
	struct event event;
	size_t length;
	char *body;

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		cr_assert(event_read(view(forms[i][0]), &event));
		cr_assert_str_eq(event.id, "msg_1");
		cr_assert_str_eq(event.type, "a.b");
		body = event_body(&event, &length);
		cr_assert_str_eq(body, forms[i][1]);
		cr_assert_eq(length, strlen(body));
		free(body);
	}
}

Test(event, an_id_that_is_not_in_front_gives_no_body)
{
	struct event event;
	size_t length;

	cr_assert(event_read(view("{\"type\":\"a\",\"id\":\"b\"}"), &event));
	cr_assert_null(event_body(&event, &length));
	cr_assert(event_read(view("{\"id\":\"b\",\"type\":\"a\"}"), &event));
	event.whole = view("{\"id\":\"b\"}");
	cr_assert_null(event_body(&event, &length));
}

Test(event, what_is_not_one_is_refused)
{
	static const char *const wrong[] = { "", "17", "{}", "[]",
		"{\"id\":\"a\"}", "{\"type\":\"a\"}",
		"{\"id\":\"\",\"type\":\"a\"}",
		"{\"id\":\"a\\r\\nb: c\",\"type\":\"a\"}",
		"{\"id\":\"a b\",\"type\":\"a\"}",
		"{\"id\":null,\"type\":\"a\"}" };
	struct event event;

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		cr_assert_not(event_read(view(wrong[i]), &event), "%s",
		    wrong[i]);
}

Test(event, patterns_are_those_of_webhooks)
{
	static const struct {
		const char *type, *patterns;
		bool fits;
	} cases[] = {
		{ "payment.settled", "*", true },
		{ "payment.settled", "payment.*", true },
		{ "payment.settled", "payment.settled", true },
		{ "payment.settled", "order.*,payment.settled", true },
		{ "payment.settled", "order.*, payment.*", true },
		{ "payment.settled", "payment", false },
		{ "payment.settled", "payments.*", false },
		{ "payment.settled", "payment.settled.*", false },
		{ "payment.settled", "", false },
		{ "payment", "payment.*", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		cr_assert_eq(event_matches(cases[i].type, cases[i].patterns),
		    cases[i].fits, "%s %s", cases[i].type, cases[i].patterns);
}
