/* header_block.c - which headers a webhook may ask for, and how they are sent. */
#include "common/header_block.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <criterion/criterion.h>

#include "mutate.h"

#define ROUNDS 100000
#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static struct text
text_of(const char *s)
{
	return (struct text){ s, strlen(s) };
}

/* "": it is taken. */
static const char *
add(struct header_block *b, const char *name, const char *value)
{
	const char *wrong = header_block_add(b, text_of(name), text_of(value));

	return wrong == NULL ? "" : wrong;
}

Test(header_block, what_is_taken_is_sent_as_it_is)
{
	struct header_block b = { .count = 0 };
	static const char wanted[] = "Authorization: Basic dTpw\r\n"
				     "x-API.key_1: a \t\"b\", c\r\n"
				     "!#$%&'*+-.^_`|~: ~\r\n" X64 ": 1\r\n";

	cr_assert_str_eq(add(&b, "Authorization", "Basic dTpw"), "");
	cr_assert_str_eq(add(&b, "x-API.key_1", "a \t\"b\", c"), "");
	cr_assert_str_eq(add(&b, "!#$%&'*+-.^_`|~", "~"), "");
	cr_assert_str_eq(add(&b, X64, "1"), "");
	cr_assert_eq(b.count, 4);
	cr_assert_eq(b.length, strlen(wanted));
	cr_assert_eq(memcmp(b.text, wanted, b.length), 0);
	cr_assert(header_block_is_valid((struct text){ b.text, b.length }));
}

Test(header_block, names)
{
	static const struct {
		const char *name, *wrong;
	} rows[] = {
		{ "", "token" },
		{ X64 "x", "token" },
		{ "a b", "token" },
		{ "a:", "token" },
		{ "a\r\nb", "token" },
		{ "a\"", "token" },
		{ "a\xc3\xa9", "token" },
		{ "a(b)", "token" },
		{ "Host", "sender" },
		{ "hOST", "sender" },
		{ "Content-Type", "sender" },
		{ "content-length", "sender" },
		{ "Content_Length", "sender" },
		{ "Content-", "sender" },
		{ "Content", "" },
		{ "Connection", "sender" },
		{ "Keep-Alive", "sender" },
		{ "Keep_Alive", "sender" },
		{ "Proxy-Authorization", "sender" },
		{ "Proxy-Connection", "sender" },
		{ "Proxied", "" },
		{ "TE", "sender" },
		{ "Tea", "" },
		{ "Trailer", "sender" },
		{ "Transfer-Encoding", "sender" },
		{ "Transfer_Encoding", "sender" },
		{ "Upgrade", "sender" },
		{ "Upgrade-Insecure-Requests", "" },
		{ "Expect", "sender" },
		{ "Cookie", "sender" },
		{ "webhook-id", "sender" },
		{ "Webhook-Signature", "sender" },
		{ "webhook-", "sender" },
		{ "webhook", "" },
		{ "User-Agent", "sender" },
		{ "Accept", "sender" },
		{ "Accept-Encoding", "sender" },
		{ "Accept-Language", "" },
		{ "traceparent", "sender" },
		{ "tracestate", "sender" },
		{ "X-Host", "" },
		{ "a", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct header_block b = { .count = 0 };
		const char *wrong = add(&b, rows[i].name, "v");

		cr_expect((*wrong == '\0') == (*rows[i].wrong == '\0') &&
			strstr(wrong, rows[i].wrong) != NULL,
		    "%s: %s", rows[i].name, wrong);
		cr_expect_eq(b.count, *wrong == '\0');
	}
}

Test(header_block, a_nul_is_no_part_of_a_name_or_value)
{
	struct header_block b = { .count = 0 };

	cr_expect_not_null(
	    header_block_add(&b, (struct text){ "a\0b", 3 }, text_of("v")));
	cr_expect_not_null(
	    header_block_add(&b, text_of("a"), (struct text){ "v\0w", 3 }));
	cr_expect_eq(b.length, 0);
}

Test(header_block, values)
{
	static const char *const wrong[] = { "", " ", "a ", " a", "\ta", "a\t",
		"a\r", "a\nb", "a\r\nX: y", "\x7f", "a\x7f", "\xc3\xa9",
		"a\x01", "\x80" };
	char longest[HEADER_BLOCK_VALUE_MAX + 2];
	struct header_block b = { .count = 0 };

	for (size_t i = 0; i < COUNT(wrong); i++)
		cr_expect_not_null(strstr(add(&b, "a", wrong[i]), "visible"),
		    "row %zu", i);
	memset(longest, 'v', sizeof longest);
	longest[HEADER_BLOCK_VALUE_MAX + 1] = '\0';
	cr_expect_not_null(strstr(add(&b, "a", longest), "visible"));
	longest[HEADER_BLOCK_VALUE_MAX] = '\0';
	cr_expect_str_eq(add(&b, "a", longest), "");
}

Test(header_block, a_name_comes_once)
{
	struct header_block b = { .count = 0 };

	cr_assert_str_eq(add(&b, "X-Key", "Y: 1"), "");
	cr_expect_not_null(strstr(add(&b, "x-kEY", "2"), "twice"));
	cr_expect_not_null(strstr(add(&b, "X_Key", "2"), "twice"));
	cr_expect_str_eq(add(&b, "Y", "2"), "");
	cr_expect_str_eq(add(&b, "X-Key2", "2"), "");
}

Test(header_block, sixteen_of_them_and_8_KiB)
{
	struct header_block b = { .count = 0 };
	char name[] = "a", value[HEADER_BLOCK_VALUE_MAX + 1];

	for (; b.count < HEADER_BLOCK_COUNT_MAX; name[0]++)
		cr_assert_str_eq(add(&b, name, "v"), "");
	cr_expect_not_null(strstr(add(&b, "z", "v"), "16"));
	b = (struct header_block){ .count = 0 };
	memset(value, 'v', HEADER_BLOCK_VALUE_MAX);
	value[HEADER_BLOCK_VALUE_MAX - 5] = '\0';
	for (name[0] = 'a'; name[0] < 'i'; name[0]++)
		cr_assert_str_eq(add(&b, name, value), "", "%s", name);
	cr_expect_eq(b.length, HEADER_BLOCK_MAX);
	cr_expect_not_null(strstr(add(&b, "i", "v"), "8 KiB"));
	cr_expect(header_block_is_valid((struct text){ b.text, b.length }));
}

Test(header_block, what_it_did_not_make_is_not_valid)
{
	static const char *const wrong[] = { "", "a", "a:", "a: b", "a: b\r",
		"a: b\n", "a:b\r\n", "a: b\r\n\r\n", "a: b\r\n\r\nPOST",
		"Host: b\r\n", "a: b\r\na: c\r\n", ": b\r\n", "a: \r\n",
		"a: b\rc\r\n", "a:  b\r\n" };

	for (size_t i = 0; i < COUNT(wrong); i++)
		cr_expect_not(header_block_is_valid(text_of(wrong[i])),
		    "row %zu", i);
	cr_expect(header_block_is_valid(text_of("a: b\r\n")));
}

/* What a receiver makes of it, told by other means than those that made it. */
static void
read_as_receiver(char *text)
{
	size_t lines = 0;

	for (char *line = text, *end; *line != '\0'; line = end + 2, lines++) {
		end = strstr(line, "\r\n");
		cr_assert_not_null(end);
		*end = '\0';
		cr_assert_eq(strspn(line,
				 "\t !\"#$%&'()*+,-./0123456789:;<=>?@"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
				 "abcdefghijklmnopqrstuvwxyz{|}~"),
		    strlen(line), "%s", line);
		cr_assert_neq(strcspn(line, ": \t"), 0, "%s", line);
		cr_assert_eq(line[strcspn(line, ": \t")], ':', "%s", line);
		cr_assert(strncasecmp(line, "host:", 5) != 0 &&
		    strncasecmp(line, "content-", 8) != 0 &&
		    strncasecmp(line, "transfer-encoding:", 18) != 0);
	}
	cr_assert(lines >= 1 && lines <= HEADER_BLOCK_COUNT_MAX);
}

Test(header_block, whatever_is_valid_is_so_to_a_receiver)
{
	static const char *const seeds[] = { "A: b\r\nC: d\r\n",
		"Authorization: Basic dTpw\r\nX-Key: 1 2\r\n", "Host: x\r\n",
		"Content-Length: 1\r\n", "Transfer-Encoding: chunked\r\n\r\n",
		"a: b\r\n\r\nGET /" };
	uint64_t seed = 20261128;
	unsigned long valid = 0, rounds = mutate_rounds(ROUNDS);

	for (unsigned long i = 0; i < rounds; i++) {
		struct document d, other;
		char text[MUTATE_BYTES_MAX + 1];
		const char *one = seeds[mutate_below(COUNT(seeds), &seed)];
		const char *two = seeds[mutate_below(COUNT(seeds), &seed)];

		d.length = strlen(one);
		memcpy(d.bytes, one, d.length);
		other.length = strlen(two);
		memcpy(other.bytes, two, other.length);
		mutate(&d, &other, &seed);
		if (!header_block_is_valid(
			(struct text){ (const char *)d.bytes, d.length }))
			continue;
		memcpy(text, d.bytes, d.length);
		text[d.length] = '\0';
		cr_assert_eq(strlen(text), d.length);
		read_as_receiver(text);
		valid++;
	}
	cr_expect_gt(valid, rounds / 100, "only %lu are valid", valid);
}
