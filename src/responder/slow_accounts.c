/* slow_accounts.c - which accounts have lately held something for long. */
#include "responder/slow_accounts.h"

#include <stddef.h>
#include <string.h>

/* Direct-mapped: of two accounts with one slot the latter is remembered. */
static size_t
slot_of(const struct account *account)
{
	return account->id[ID_BYTES - 1] & (SLOW_ACCOUNTS_SLOTS - 1);
}

void
slow_accounts_note(struct slow_accounts *s, const struct account *account,
    long long began_ms, long long now_ms)
{
	size_t i = slot_of(account);

	if (now_ms - began_ms < SLOW_ACCOUNTS_MS)
		return;
	memcpy(s->slots[i].id, account->id, ID_BYTES);
	s->slots[i].until_ms = now_ms + SLOW_ACCOUNTS_MEMORY_MS;
}

bool
slow_accounts_has(const struct slow_accounts *s, const struct account *account,
    long long now_ms)
{
	size_t i = slot_of(account);

	return s->slots[i].until_ms > now_ms &&
	    memcmp(s->slots[i].id, account->id, ID_BYTES) == 0;
}
