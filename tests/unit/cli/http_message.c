/* http_message.c - requests as proxies, logs and people have written them. */
#include "cli/http_message.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

static char text[4096];
static struct http_message message;

static const char *
read_text(const char *from)
{
	message = (struct http_message){ .count = 0 };
	snprintf(text, sizeof text, "%s", from);
	return http_message_read(text, strlen(text), &message);
}

static void
expect(struct text given, const char *wanted)
{
	cr_assert(given.length == strlen(wanted) &&
		memcmp(given.start, wanted, given.length) == 0,
	    "given %.*s, wanted %s", (int)given.length, given.start, wanted);
}

Test(http_message, each_form_gives_the_same_request)
{
	static const char *const forms[] = {
		"POST /a?b HTTP/1.1\r\nA: 1\r\nB:2 \r\n\r\n{}\n",
		"POST /a HTTP/2\nA: 1\nB:\t2\n\n{}\n",
		"POST /a HTTP/1.0\nA: 1\nB:\t2\n\r\n{}\n",
		"a: 1\nb: 2\n\n{}\n",
		"A: 1\r\nB: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
		"1\r\n{\r\n2;x=y\r\n}\n\r\n0\r\n\r\n",
	};

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		cr_assert_null(read_text(forms[i]));
		expect(http_message_value(&message, "a", NULL), "1");
		expect(http_message_value(&message, "b", NULL), "2");
		expect(message.body, "{}\n");
	}
}

Test(http_message, what_begins_with_no_field_is_all_body)
{
	static const char *const bodies[] = { "", "\n", "{\"a\": 1}\n\nx",
		"no field\n", ": x\n\n" };

	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		cr_assert_null(read_text(bodies[i]));
		expect(message.body, bodies[i]);
		cr_assert_eq(message.count, 0);
	}
}

Test(http_message, fields_alone_have_an_empty_body)
{
	cr_assert_null(read_text("A: 1\nB: 2"));
	expect(http_message_value(&message, "b", NULL), "2");
	expect(message.body, "");
}

Test(http_message, a_field_that_comes_twice_is_counted)
{
	size_t count;

	cr_assert_null(read_text("A: 1\na: 2\nab: 3\n\n"));
	expect(http_message_value(&message, "a", &count), "1");
	cr_assert_eq(count, 2);
	http_message_value(&message, "none", &count);
	cr_assert_eq(count, 0);
}

Test(http_message, what_is_no_request_says_why)
{
	static const char *const wrong[] = {
		"A: 1\nthis is no field\n\nx",
		"A: 1\nTransfer-Encoding: chunked\n\n{}\n",
		"A: 1\nTransfer-Encoding: chunked\n\n5\n{}\n",
		"A: 1\nTransfer-Encoding: chunked\n\n2\n{}\n",
		"A: 1\nTransfer-Encoding: chunked\n\nfffffffffffffffff\n{}\n",
	};

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		cr_assert_not_null(read_text(wrong[i]), "%s", wrong[i]);
}

Test(http_message, no_more_fields_than_there_is_room_for)
{
	char many[4096] = "";

	for (size_t i = 0; i <= HTTP_MESSAGE_FIELDS_MAX; i++)
		strcat(many, "A: 1\n");
	cr_assert_not_null(read_text(many));
}
