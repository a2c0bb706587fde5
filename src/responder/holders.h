/*
 * holders.h - who holds how many of something scarce: a count for each account.
 *
 * How many one account may hold follows from how many are free (share.h): one
 * alone may have most, many have equal shares, and the last are for those that
 * have few. Not safe for threads.
 */
#ifndef POSTERN_HOLDERS_H
#define POSTERN_HOLDERS_H

#include <stddef.h>

#include "common/compiler.h"
#include "responder/account.h"

enum holders_answer {
	HOLDERS_TAKEN,
	HOLDERS_OVER_SHARE, /* this account has what it may have */
	HOLDERS_NONE_FREE
};

struct holders;

/*
 * So many there are to hold, at least 1; an account's share times weight is
 * its weight in share_limit. NULL when memory is short. Pair with
 * holders_close; NULL is fine.
 */
MUST_CHECK struct holders *holders_open(size_t capacity, float weight);
void holders_close(struct holders *h);

/* TAKEN: the account has one more, until holders_give_back. */
MUST_CHECK enum holders_answer holders_take(struct holders *h,
    const struct account *account);
void holders_give_back(struct holders *h, const struct account *account);

#endif
