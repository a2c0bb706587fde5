/* credentials.c - tests: an OAuth client's id and secret, from either place. */
#include "responder/credentials.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <sodium.h>

#define COUNT(array) (sizeof (array) / sizeof *(array))
#define ID "019a20cb-97a5-7276-b8b4-c9adcab0eb22"
#define OTHER "019a20cb-97a5-7276-b8b4-c9adcab0eb23"
#define SECRET "pcs_GV9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9a3zZxBy"
#define TOKEN "pst_GV9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ7q0N9dBa"

struct credentials_case {
	const char *pair;	/* of Basic; NULL: no header */
	const char *form;
	enum credentials_result result;
};

static enum credentials_result
read_them(struct credentials *c, const char *authorization, const char *text)
{
	char room[512];
	struct form f;

	cr_assert_lt(strlen(text), sizeof room);
	cr_assert_eq(form_parse(&f, text, strlen(text), room), FORM_OK);
	return credentials_read(c, authorization, &f);
}

static void
basic(char *to, size_t size, const char *scheme, const char *pair)
{
	size_t n = (size_t)snprintf(to, size, "%s ", scheme);

	sodium_bin2base64(to + n, size - n, (const unsigned char *)pair,
	    strlen(pair), sodium_base64_VARIANT_ORIGINAL);
}

Test(credentials, from_the_header_or_the_form)
{
	static const struct credentials_case cases[] = {
		{ ID ":" SECRET, "", CREDENTIALS_OK },
		{ ID ":" SECRET, "client_id=" ID, CREDENTIALS_OK },
		{ ID ":" SECRET, "client_id=&client_secret=", CREDENTIALS_OK },
		{ "%30" "19a20cb%2d97a5%2D7276-b8b4-c9adcab0eb22:pcs%5FGV9aZ9aZ"
		  "9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9a3zZxBy", "",
		  CREDENTIALS_OK },
		{ NULL, "client_id=" ID "&client_secret=" SECRET,
		  CREDENTIALS_OK },
		{ NULL, "client_secret=" SECRET "&x=1&client_id=" ID,
		  CREDENTIALS_OK },
		{ ID ":" SECRET, "client_secret=" SECRET, CREDENTIALS_TWICE },
		{ ID ":" SECRET, "client_id=" ID "&client_secret=x",
		  CREDENTIALS_TWICE },
		{ ID ":" SECRET, "client_id=" OTHER, CREDENTIALS_TWICE },
		{ "", "client_secret=" SECRET, CREDENTIALS_TWICE },
		{ NULL, "", CREDENTIALS_WRONG },
		{ NULL, "client_id=" ID, CREDENTIALS_WRONG },
		{ NULL, "client_id=" ID "&client_secret=", CREDENTIALS_WRONG },
		{ NULL, "client_secret=" SECRET, CREDENTIALS_WRONG },
		{ NULL, "client_id=x&client_secret=" SECRET,
		  CREDENTIALS_WRONG },
		{ NULL, "client_id=" ID "&client_secret=" TOKEN,
		  CREDENTIALS_WRONG },
		{ NULL, "client_id=" ID "0&client_secret=" SECRET,
		  CREDENTIALS_WRONG },
		{ ID ":" TOKEN, "", CREDENTIALS_WRONG },
		{ ID ":" SECRET "\n", "", CREDENTIALS_WRONG },
		{ ID ":" SECRET ":", "", CREDENTIALS_WRONG },
		{ " " ID ":" SECRET, "", CREDENTIALS_WRONG },
		{ ID, "", CREDENTIALS_WRONG },
		{ ":", "", CREDENTIALS_WRONG },
		{ ":" SECRET, "", CREDENTIALS_WRONG },
		{ ID ":", "", CREDENTIALS_WRONG },
		{ ID ":%", "", CREDENTIALS_WRONG },
		{ "", "", CREDENTIALS_WRONG },
	};
	unsigned char hash[TOKEN_HASH_BYTES];
	char header[512];

	cr_assert(token_client_hash(SECRET, strlen(SECRET), hash));
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct credentials_case *at = &cases[i];
		struct credentials c = { 0 };

		*header = '\0';
		if (at->pair != NULL)
			basic(header, sizeof header, "Basic", at->pair);
		cr_assert_eq(read_them(&c, header, at->form), at->result,
		    "row %zu", i);
		if (at->result != CREDENTIALS_OK)
			continue;
		cr_expect_str_eq(c.id, ID, "row %zu", i);
		cr_expect_arr_eq(c.secret_hash, hash, sizeof hash);
	}
}

Test(credentials, other_headers_are_none)
{
	static const char *const headers[] = {
		"Basic", "Basic ", "Basic =", "Basic x", "Basic AAAA AAAA",
		"Basic QTpC\n", "Basic QTo", "Bearer " TOKEN, "Basicx QTpC",
		"Digest username=\"" ID "\"",
	};
	char header[2048], pair[1200];
	struct credentials c;

	for (size_t i = 0; i < COUNT(headers); i++)
		cr_expect_eq(read_them(&c, headers[i], ""), CREDENTIALS_WRONG,
		    "%s", headers[i]);
	basic(header, sizeof header, "basic", ID ":" SECRET);
	cr_expect_eq(read_them(&c, header, ""), CREDENTIALS_OK);
	basic(header, sizeof header, "BASIC  ", ID ":" SECRET);
	cr_expect_eq(read_them(&c, header, ""), CREDENTIALS_OK);
	memset(pair, 'x', sizeof pair - 1);
	pair[sizeof pair - 1] = '\0';
	basic(header, sizeof header, "Basic", pair);
	cr_expect_eq(read_them(&c, header, ""), CREDENTIALS_WRONG);
}
