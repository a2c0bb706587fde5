/*
 * expect.h - answers checked to the letter of the contract.
 *
 * Every case has a name; a failure says it. A case that a server by its
 * nature answers otherwise has a row in server_differences.
 */
#ifndef CONTRACT_EXPECT_H
#define CONTRACT_EXPECT_H

#include "http.h"

struct want {
	int status;
	const char *code;
	const char *parameter; /* parameter_name; NULL: no such member */
	const char *value;     /* parameter_value as JSON; NULL: no member */
};

#define KEY_TEXT_MAX 51 /* "whsec_", 44 characters and a NUL */

/*
 * The answer is this error, with exactly its members and headers: no more,
 * no less. want.status 201 asks for a registration instead.
 */
void expect_answer(const char *name, const struct answer *a, struct want w);

/* The answer is a 201; its key is noted for the search in logs and dumps. */
bool expect_registered(const char *name, const struct answer *a,
    char key[KEY_TEXT_MAX]);

/* The key of a 201's body; false when it has none. Checks nothing else. */
bool answer_key(const struct answer *a, char key[KEY_TEXT_MAX]);

/* Add a text to those that no log and no dump may ever hold. */
void note_secret(const char *text);
void note_secrets(const char *first, size_t step, size_t count);
#define NOTED_SECRETS "contract-secrets" /* the file, below SITE */

/* What is wanted of the server at hand in this case. */
struct want want_here(const char *name, struct want w);

/* Seconds in the answer's Retry-After; -1 when there is none. */
long retry_after(const struct answer *a);

#endif
