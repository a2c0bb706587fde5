/* secret_import.c - postern secrets import: a secret of another service's. */
#include "cli/secret_import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "common/compiler.h"
#include "common/option_table.h"
#include "common/seal.h"
#include "common/secret.h"

#include "cli/output.h"
#include "cli/session.h"
#include "cli/slurp.h"

#define WHY_MAX 512
#define FILE_MAX 1024 /* bytes of one that holds a secret */
#define HEX_MAX (2 * SEAL_BOX_MAX + 1)

enum operand { WEBHOOK, PUBLIC_KEY, SECRET_FILE };
enum part { KEY_ID, EPHEMERAL, NONCE, BOX, PARTS };

/* What is sealed, in hexadecimal digits. */
struct digits {
	char parts[PARTS][HEX_MAX];
};

static const char import_sql[] =
    "SELECT postern.import_secret($1::pg_catalog.uuid, "
    "pg_catalog.decode($2, 'hex'), pg_catalog.decode($3, 'hex'), "
    "pg_catalog.decode($4, 'hex'), pg_catalog.decode($5, 'hex')) AS r";

/* The text of the secret, to be wiped and freed; NULL: said why not. */
static char *
read_text(const struct invocation *call, size_t *length)
{
	char why[WHY_MAX] = "there is no secret to import";
	char *text;

	if (call->operand_count > SECRET_FILE) {
		text = slurp_file(call->operands[SECRET_FILE], FILE_MAX, true,
		    length, why, sizeof why);
	} else {
		text = calloc(1, FILE_MAX);
		if (text != NULL &&
		    !slurp_hidden_line("The secret that the receiver has: ",
			text, FILE_MAX)) {
			free(text);
			text = NULL;
		}
		*length = text == NULL ? 0 : strlen(text);
	}
	if (text == NULL)
		output_complain("%s", why);
	return text;
}

/* Without the end of its line. */
static const char *
parse_secret(const char *text, size_t length,
    unsigned char secret[SECRET_READ_MAX], size_t *bytes)
{
	while (length > 0 && strchr(" \t\r\n", text[length - 1]) != NULL)
		length--;
	return secret_read((struct text){ text, length }, secret, bytes);
}

static void
write_digits(const struct sealed *s, struct digits *d)
{
	const struct {
		const unsigned char *bytes;
		size_t length;
	} parts[PARTS] = {
		[KEY_ID] = { s->key_id, sizeof s->key_id },
		[EPHEMERAL] = { s->ephemeral, sizeof s->ephemeral },
		[NONCE] = { s->nonce, sizeof s->nonce },
		[BOX] = { s->box, s->box_length },
	};

	for (size_t i = 0; i < PARTS; i++)
		sodium_bin2hex(d->parts[i], HEX_MAX, parts[i].bytes,
		    parts[i].length);
}

static bool
seal_secret(const struct invocation *call, const unsigned char *secret,
    size_t bytes, struct sealed *sealed)
{
	char why[WHY_MAX];
	struct sealer *sealer =
	    sealer_open(call->operands[PUBLIC_KEY], why, sizeof why);
	bool ok = false;

	if (sealer == NULL)
		output_complain("%s", why);
	else
		ok = sealer_seal(sealer, secret, bytes, sealed);
	sealer_close(sealer);
	return ok;
}

/* False: said why. */
static bool
read_sealed(const struct invocation *call, struct digits *digits)
{
	unsigned char secret[SECRET_READ_MAX];
	struct sealed sealed;
	size_t length = 0, bytes;
	char *text = read_text(call, &length);
	const char *wrong = NULL;
	bool ok = false;

	if (text == NULL)
		return false;
	wrong = parse_secret(text, length, secret, &bytes);
	if (wrong != NULL)
		output_complain("this is no secret: %s", wrong);
	else
		ok = seal_secret(call, secret, bytes, &sealed);
	if (ok)
		write_digits(&sealed, digits);
	sodium_memzero(secret, sizeof secret);
	sodium_memzero(text, length);
	free(text);
	return ok;
}

int
secrets_import_run(const struct invocation *call)
{
	struct digits digits;
	const char *values[1 + PARTS] = { call->operands[WEBHOOK] };
	struct session *session = NULL;
	struct answer answer = { .result = NULL };
	int status;

	if (sodium_init() == -1 || !read_sealed(call, &digits))
		return EXIT_FAILURE;
	for (size_t i = 0; i < PARTS; i++)
		values[1 + i] = digits.parts[i];
	status = session_open(call, &session);
	if (status == EXIT_SUCCESS)
		status = session_ask(session, import_sql, values, COUNT(values),
		    &answer);
	if (status == EXIT_SUCCESS)
		output_note(call,
		    "Deliveries to %s are signed with this secret now, and for "
		    "24 hours with earlier ones too.",
		    call->operands[WEBHOOK]);
	answer_clear(&answer);
	session_close(session);
	return status;
}
