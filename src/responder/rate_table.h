/*
 * rate_table.h - how often each account may ask: a leaky bucket for each.
 *
 * The generic cell rate algorithm (ITU-T I.371): a bucket is one number, the
 * time at which it will be empty, so that one that is empty need not be kept.
 * When more accounts ask often than the table has room for, some of them may
 * ask more often. Not safe for threads.
 */
#ifndef POSTERN_RATE_TABLE_H
#define POSTERN_RATE_TABLE_H

#include <stdbool.h>

#include "common/compiler.h"
#include "responder/account.h"

#define RATE_TABLE_BURST_SECONDS 2 /* so much of the rate at once */

struct rate_table;

/*
 * So many requests a second, at least 1, times the account's share. NULL when
 * memory is short. Pair with rate_table_close; NULL is fine.
 */
MUST_CHECK struct rate_table *rate_table_open(unsigned rate);
void rate_table_close(struct rate_table *t);

/*
 * May the account ask now, by clock_now_us? False: *seconds is when to try
 * again, at least 1.
 */
MUST_CHECK bool rate_table_take(struct rate_table *t,
    const struct account *account, long long now_us, unsigned *seconds);

#endif
