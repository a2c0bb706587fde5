/* request.c - a request is the same bytes, wherever it is taken up again. */
#include "http/request.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "mutate.h"

static const char expected[] = "POST /p?q HTTP/1.1\r\n"
			       "Host: a.example:8443\r\n"
			       "User-Agent: test/1.0\r\n"
			       "Accept: */*\r\n"
			       "X-One: 1\r\n"
			       "Content-Length: 4\r\n"
			       "\r\n"
			       "body";

static struct request request;

static void
make_request(void)
{
	static struct http_exchange x = { .url = "https://a.example:8443/p?q",
		.fields = "X-One: 1\r\n",
		.fields_length = 10,
		.body = "body",
		.body_length = 4 };
	static struct url url;

	cr_assert(url_split(x.url, &url));
	request_init(&request, &x, &url, "test/1.0");
	cr_assert_eq(request.length, sizeof expected - 1);
}

Test(request, whole)
{
	char buffer[512];
	struct text bytes;

	make_request();
	bytes = request_bytes(&request, 0, buffer, sizeof buffer);
	cr_assert_eq(bytes.length, sizeof expected - 1);
	cr_assert_eq(memcmp(bytes.start, expected, bytes.length), 0);
}

Test(request, more_fields_come_after_those_that_are_ours)
{
	static const char fields[] = "X-One: 1\r\nX-Two: 2\r\nContent-Length";
	struct http_exchange x = { .url = "https://a.example/",
		.fields = "X-One: 1\r\n",
		.fields_length = 10,
		.more_fields = "X-Two: 2\r\n",
		.more_fields_length = 10,
		.body = "body",
		.body_length = 4 };
	char buffer[512] = "";
	struct url url;
	struct text bytes;

	cr_assert(url_split(x.url, &url));
	request_init(&request, &x, &url, "test/1.0");
	bytes = request_bytes(&request, 0, buffer, sizeof buffer - 1);
	cr_assert_eq(bytes.length, request.length);
	cr_assert_not_null(strstr(buffer, fields), "%s", buffer);
}

Test(request, in_pieces_of_any_size)
{
	make_request();
	for (size_t size = 1; size < sizeof expected + 2; size++) {
		size_t offset = 0;

		while (offset < request.length) {
			char buffer[sizeof expected + 2];
			struct text bytes =
			    request_bytes(&request, offset, buffer, size);

			cr_assert(bytes.length > 0 && bytes.length <= size);
			cr_assert_eq(memcmp(bytes.start, expected + offset,
					 bytes.length),
			    0, "%zu at %zu", size, offset);
			offset += bytes.length;
		}
		cr_assert_eq(offset, request.length);
	}
}

Test(request, the_rest_of_a_body_is_not_copied)
{
	char buffer[16];
	struct text bytes;

	make_request();
	bytes =
	    request_bytes(&request, request.length - 4, buffer, sizeof buffer);
	cr_assert_eq(bytes.length, 4);
	cr_assert_str_eq(bytes.start, "body");
	cr_assert_neq(bytes.start, buffer);
}
