/* claimed.c - a row becomes an attempt, with its body if there is room. */
#include "delivery/claimed.h"

#include <string.h>

#include <criterion/criterion.h>

#define BODY "{\"type\":\"payment.settled\"}"

static const char id[8] = { 0, 0, 0, 1, 0, 0, 0, 2 };
static const char three[4] = { 0, 0, 0, 3 }, four[4] = { 0, 0, 1, 4 };
static const char webhook[ID_BYTES] = "webhook", message[ID_BYTES] = "message";

static void
fill(struct claimed_field row[CLAIMED_COLUMNS])
{
	memset(row, 0, CLAIMED_COLUMNS * sizeof *row);
	row[CLAIMED_ID] = (struct claimed_field){ id, sizeof id };
	row[CLAIMED_NUMBER] = (struct claimed_field){ three, sizeof three };
	row[CLAIMED_STEP] = (struct claimed_field){ four, sizeof four };
	row[CLAIMED_WEBHOOK] =
	    (struct claimed_field){ webhook, sizeof webhook };
	row[CLAIMED_MESSAGE] =
	    (struct claimed_field){ message, sizeof message };
	row[CLAIMED_URL] = (struct claimed_field){ "https://a", 9 };
	row[CLAIMED_BODY] = (struct claimed_field){ BODY, strlen(BODY) };
}

Test(claimed, the_first_row_says_how_far_the_claim_looked)
{
	struct claimed_field row[CLAIMED_COLUMNS];
	struct claimed_view view;

	fill(row);
	view = claimed_view(row);
	cr_assert_eq(view.high, ((int64_t)1 << 32) + 2);
	cr_assert_eq(view.fresh, 3);
	cr_assert_eq(view.backlogs, 260);
	cr_assert(view.notes);
	row[CLAIMED_ID] = row[CLAIMED_URL] = (struct claimed_field){ NULL, 0 };
	cr_assert_eq(claimed_view(row).high, 0);
	cr_assert(!claimed_view(row).notes);
}

Test(claimed, a_row_becomes_an_attempt)
{
	struct claimed_field row[CLAIMED_COLUMNS];
	struct attempt *a;

	fill(row);
	a = claimed_attempt(row, strlen(BODY), NULL);
	cr_assert_not_null(a);
	cr_assert_eq(a->id, ((int64_t)1 << 32) + 2);
	cr_assert_eq(a->number, 3);
	cr_assert_eq(a->step, 260);
	cr_assert_eq(memcmp(a->webhook, webhook, ID_BYTES), 0);
	cr_assert_eq(memcmp(a->message, message, ID_BYTES), 0);
	cr_assert_str_eq(a->url, "https://a");
	cr_assert_eq(a->body_length, strlen(BODY));
	cr_assert_str_eq(a->body, BODY);
	cr_assert_neq(a->ending, ENDING_RETURNED);
	attempt_free(a);
}

Test(claimed, a_body_there_is_no_room_for_is_returned)
{
	struct claimed_field row[CLAIMED_COLUMNS];
	struct attempt *a;

	fill(row);
	a = claimed_attempt(row, strlen(BODY) - 1, NULL);
	cr_assert_not_null(a);
	cr_assert_null(a->body);
	cr_assert_eq(a->body_length, 0);
	cr_assert_eq(a->ending, ENDING_RETURNED);
	attempt_free(a);
}

/* Its webhook is gone, and so is its message. */
Test(claimed, what_is_gone_is_left_out)
{
	struct claimed_field row[CLAIMED_COLUMNS];
	struct attempt *a;

	fill(row);
	row[CLAIMED_URL] = row[CLAIMED_BODY] =
	    (struct claimed_field){ NULL, 0 };
	a = claimed_attempt(row, 0, NULL);
	cr_assert_not_null(a);
	cr_assert_str_eq(a->url, "");
	cr_assert_null(a->body);
	cr_assert_neq(a->ending, ENDING_RETURNED);
	attempt_free(a);
}
