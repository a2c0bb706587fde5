/* scan_cursor.c - where a queue is read from, as time goes by. */
#include "delivery/scan_cursor.h"

#include <criterion/criterion.h>

Test(scan_cursor, the_first_read_is_thorough)
{
	struct scan_cursor c = { 0 };

	cr_assert_eq(scan_cursor_low(&c, 1000), 0);
}

Test(scan_cursor, it_follows_at_a_distance)
{
	struct scan_cursor c = { 0 };

	scan_cursor_advance(&c, 0, 100, 1000, 1001);
	cr_assert_eq(scan_cursor_low(&c, 1002), 0,
	    "nothing was passed long ago");
	scan_cursor_advance(&c, 0, 150, 1100, 1101);
	scan_cursor_advance(&c, 0, 200, 1201, 1201);
	cr_assert_eq(scan_cursor_low(&c, 1202), 100);
	scan_cursor_advance(&c, 100, 300, 1300, 1301);
	cr_assert_eq(scan_cursor_low(&c, 1302), 100, "200 was passed just now");
}

Test(scan_cursor, now_and_then_it_reads_from_the_start)
{
	struct scan_cursor c = { .low = 7, .rescan_ms = 5000 };

	cr_assert_eq(scan_cursor_low(&c, 4999), 7);
	cr_assert_eq(scan_cursor_low(&c, 5000), 0);
	scan_cursor_advance(&c, 0, 9, 5000, 5001);
	cr_assert_gt(c.rescan_ms, 5000 + SCAN_CURSOR_RESCAN_MS);
}

Test(scan_cursor, a_slow_read_from_the_start_is_rarer)
{
	struct scan_cursor c = { 0 };

	scan_cursor_advance(&c, 0, 9, 5000, 5100);
	cr_assert_eq(c.rescan_ms, 5100 + 100 * SCAN_CURSOR_RESCAN_SHARE);
}

/* All reads are slow then: those from the start cost no more than others. */
Test(scan_cursor, one_that_is_no_slower_than_others_is_not_rare)
{
	struct scan_cursor c = { 0 };

	scan_cursor_advance(&c, 7, 9, 4000, 4095);
	scan_cursor_advance(&c, 0, 9, 5000, 5100);
	cr_assert_eq(c.rescan_ms, 5100 + SCAN_CURSOR_RESCAN_MS);
}

Test(scan_cursor, it_never_goes_back)
{
	struct scan_cursor c = { 0 };

	scan_cursor_advance(&c, 0, 500, 1000, 1000);
	scan_cursor_advance(&c, 500, 3, 2000, 2000);
	scan_cursor_advance(&c, 500, 0, 3000, 3000);
	cr_assert_eq(c.high, 500);
	cr_assert_eq(c.low, 500);
}
