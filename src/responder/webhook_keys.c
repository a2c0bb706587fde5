/* webhook_keys.c - GET /v1/webhook-keys: derives the account's own keys. */
#include "responder/webhook_keys.h"

#include <stdbool.h>
#include <string.h>

#include <json-c/json.h>
#include <sodium.h>

#include "common/account_key.h"

#define PREFIX "whpk_"
#define KEY KEY_BLINDING_PUBLIC_BYTES
#define TEXT_MAX             \
	(sizeof PREFIX - 1 + \
	    sodium_base64_ENCODED_LEN(KEY, sodium_base64_VARIANT_ORIGINAL))

static const char *
member(struct json_object *of, const char *name)
{
	const char *text =
	    json_object_get_string(json_object_object_get(of, name));

	return text == NULL ? "" : text;
}

static bool
read_account(struct json_object *tree, unsigned char account[ID_BYTES])
{
	const char *text = member(tree, "account");
	size_t length;

	return sodium_hex2bin(account, ID_BYTES, text, strlen(text), "-",
		   &length, NULL) == 0 &&
	    length == ID_BYTES;
}

static bool
read_key(const char *text, unsigned char key[KEY])
{
	size_t prefix = strlen(PREFIX), length;

	return strncmp(text, PREFIX, prefix) == 0 &&
	    sodium_base642bin(key, KEY, text + prefix, strlen(text + prefix),
		NULL, &length, NULL, sodium_base64_VARIANT_ORIGINAL) == 0 &&
	    length == KEY;
}

/* An item's key becomes the account's, unless it is the platform's. */
static bool
derive_key(struct json_object *item, const unsigned char account[ID_BYTES])
{
	unsigned char key[KEY], derived[KEY];
	char text[TEXT_MAX] = PREFIX;
	size_t prefix = strlen(PREFIX);

	if (strcmp(member(item, "scope"), "account") != 0)
		return true;
	if (!read_key(member(item, "key"), key) ||
	    !account_key_public(key, account, derived))
		return false;
	sodium_bin2base64(text + prefix, sizeof text - prefix, derived,
	    sizeof derived, sodium_base64_VARIANT_ORIGINAL);
	return json_object_object_add(item, "key",
		   json_object_new_string(text)) == 0;
}

static bool
derive_keys(struct json_object *tree)
{
	struct json_object *keys = json_object_object_get(tree, "keys");
	unsigned char account[ID_BYTES];

	if (!read_account(tree, account) ||
	    !json_object_is_type(keys, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(keys); i++)
		if (!derive_key(json_object_array_get_idx(keys, i), account))
			return false;
	json_object_object_del(tree, "account");
	return true;
}

char *
webhook_keys_body(const char *given)
{
	struct json_object *tree = json_tokener_parse(given);
	const char *text = NULL;
	char *body;

	if (tree != NULL && derive_keys(tree))
		text = json_object_to_json_string_ext(tree,
		    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	body = text == NULL ? NULL : strdup(text);
	json_object_put(tree);
	return body;
}
