/* keys.h - sealed secrets opened with the site's private key. */
#ifndef CONTRACT_KEYS_H
#define CONTRACT_KEYS_H

#include <stdbool.h>

#include <libpq-fe.h>

#include "expect.h"

/*
 * Open the secret in four columns of a row (key_id, ephemeral, nonce, box),
 * the first of which is given, and write it as its owner sees it.
 */
bool key_open(const PGresult *r, int row, int column, char key[KEY_TEXT_MAX]);

#endif
