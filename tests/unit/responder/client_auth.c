/* client_auth.c - tests: an OAuth client's id and secret, from either place. */
#include "common/compiler.h"
#include "responder/client_auth.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <sodium.h>

#define ID "019a20cb-97a5-7276-b8b4-c9adcab0eb22"
#define OTHER "019a20cb-97a5-7276-b8b4-c9adcab0eb23"
#define SECRET "pcs_GV9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9a3zZxBy"
#define TOKEN "pst_GV9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ7q0N9dBa"

struct credentials_case {
	const char *pair; /* of Basic; NULL: no header */
	const char *form;
	enum client_auth_result result;
};

static enum client_auth_result
read_them(struct client_auth *c, const char *authorization, const char *text)
{
	char room[512];
	struct urlencoded f;

	cr_assert_lt(strlen(text), sizeof room);
	cr_assert_eq(urlencoded_parse(&f, text, strlen(text), NULL, room),
	    URLENCODED_OK);
	return client_auth_read(c, authorization, &f);
}

static void
basic(char *to, size_t size, const char *scheme, const char *pair)
{
	size_t n = (size_t)snprintf(to, size, "%s ", scheme);

	sodium_bin2base64(to + n, size - n, (const unsigned char *)pair,
	    strlen(pair), sodium_base64_VARIANT_ORIGINAL);
}

Test(client_auth, from_the_header_or_the_form)
{
	static const struct credentials_case cases[] = {
		{ ID ":" SECRET, "", CLIENT_AUTH_OK },
		{ ID ":" SECRET, "client_id=" ID, CLIENT_AUTH_OK },
		{ ID ":" SECRET, "client_id=&client_secret=", CLIENT_AUTH_OK },
		{ "%30"
		  "19a20cb%2d97a5%2D7276-b8b4-c9adcab0eb22:pcs%5FGV9aZ9aZ"
		  "9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9a3zZxBy",
		    "", CLIENT_AUTH_OK },
		{ NULL, "client_id=" ID "&client_secret=" SECRET,
		    CLIENT_AUTH_OK },
		{ NULL, "client_secret=" SECRET "&x=1&client_id=" ID,
		    CLIENT_AUTH_OK },
		{ ID ":" SECRET, "client_secret=" SECRET, CLIENT_AUTH_TWICE },
		{ ID ":" SECRET, "client_id=" ID "&client_secret=x",
		    CLIENT_AUTH_TWICE },
		{ ID ":" SECRET, "client_id=" OTHER, CLIENT_AUTH_TWICE },
		{ "", "client_secret=" SECRET, CLIENT_AUTH_TWICE },
		{ NULL, "", CLIENT_AUTH_WRONG },
		{ NULL, "client_id=" ID, CLIENT_AUTH_WRONG },
		{ NULL, "client_id=" ID "&client_secret=", CLIENT_AUTH_WRONG },
		{ NULL, "client_secret=" SECRET, CLIENT_AUTH_WRONG },
		{ NULL, "client_id=x&client_secret=" SECRET,
		    CLIENT_AUTH_WRONG },
		{ NULL, "client_id=" ID "&client_secret=" TOKEN,
		    CLIENT_AUTH_WRONG },
		{ NULL, "client_id=" ID "0&client_secret=" SECRET,
		    CLIENT_AUTH_WRONG },
		{ ID ":" TOKEN, "", CLIENT_AUTH_WRONG },
		{ ID ":" SECRET "\n", "", CLIENT_AUTH_WRONG },
		{ ID ":" SECRET ":", "", CLIENT_AUTH_WRONG },
		{ " " ID ":" SECRET, "", CLIENT_AUTH_WRONG },
		{ ID, "", CLIENT_AUTH_WRONG },
		{ ":", "", CLIENT_AUTH_WRONG },
		{ ":" SECRET, "", CLIENT_AUTH_WRONG },
		{ ID ":", "", CLIENT_AUTH_WRONG },
		{ ID ":%", "", CLIENT_AUTH_WRONG },
		{ "", "", CLIENT_AUTH_WRONG },
	};
	unsigned char hash[CREDENTIAL_HASH_BYTES];
	char header[512];

	cr_assert(credential_hash_client_secret(SECRET, strlen(SECRET), hash));
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct credentials_case *at = &cases[i];
		struct client_auth c = { 0 };

		*header = '\0';
		if (at->pair != NULL)
			basic(header, sizeof header, "Basic", at->pair);
		cr_assert_eq(read_them(&c, header, at->form), at->result,
		    "row %zu", i);
		if (at->result != CLIENT_AUTH_OK)
			continue;
		cr_expect_str_eq(c.id, ID, "row %zu", i);
		cr_expect_arr_eq(c.secret_hash, hash, sizeof hash);
	}
}

Test(client_auth, other_headers_are_none)
{
	static const char *const headers[] = {
		"Basic",
		"Basic ",
		"Basic =",
		"Basic x",
		"Basic AAAA AAAA",
		"Basic QTpC\n",
		"Basic QTo",
		"Bearer " TOKEN,
		"Basicx QTpC",
		"Digest username=\"" ID "\"",
	};
	char header[2048], pair[1200];
	struct client_auth c;

	for (size_t i = 0; i < COUNT(headers); i++)
		cr_expect_eq(read_them(&c, headers[i], ""), CLIENT_AUTH_WRONG,
		    "%s", headers[i]);
	basic(header, sizeof header, "basic", ID ":" SECRET);
	cr_expect_eq(read_them(&c, header, ""), CLIENT_AUTH_OK);
	basic(header, sizeof header, "BASIC  ", ID ":" SECRET);
	cr_expect_eq(read_them(&c, header, ""), CLIENT_AUTH_OK);
	memset(pair, 'x', sizeof pair - 1);
	pair[sizeof pair - 1] = '\0';
	basic(header, sizeof header, "Basic", pair);
	cr_expect_eq(read_them(&c, header, ""), CLIENT_AUTH_WRONG);
}
