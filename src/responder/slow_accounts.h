/*
 * slow_accounts.h - which accounts have lately held something for long.
 *
 * What they hold cannot be taken back, so they are kept from the last that is
 * free, however many they are. Some hundreds are remembered. Not safe for
 * threads.
 */
#ifndef POSTERN_SLOW_ACCOUNTS_H
#define POSTERN_SLOW_ACCOUNTS_H

#include <stdbool.h>

#include "responder/account.h"

#define SLOW_ACCOUNTS_MS 250          /* so long is long */
#define SLOW_ACCOUNTS_MEMORY_MS 10000 /* so long it is remembered */
#define SLOW_ACCOUNTS_SLOTS 256       /* a power of two */

/* Zeroed, it remembers none. */
struct slow_accounts {
	struct {
		unsigned char id[ID_BYTES];
		long long until_ms;
	} slots[SLOW_ACCOUNTS_SLOTS];
};

/* Times are of clock_now_ms: it took something then, and gives it back now. */
void slow_accounts_note(struct slow_accounts *s, const struct account *account,
    long long began_ms, long long now_ms);

bool slow_accounts_has(const struct slow_accounts *s,
    const struct account *account, long long now_ms);

#endif
