/* claim_rows.c - a row becomes an attempt, with its body if there is room. */
#include "delivery/claim_rows.h"

#include <string.h>

#include <criterion/criterion.h>

#include "common/compiler.h"

#define BODY "{\"type\":\"payment.settled\"}"

static const char id[8] = { 0, 0, 0, 1, 0, 0, 0, 2 };
static const char three[4] = { 0, 0, 0, 3 }, four[4] = { 0, 0, 1, 4 };
static const char webhook[ID_BYTES] = "webhook", message[ID_BYTES] = "message";
static const char account[ID_BYTES] = "account";
static const char share[4] = { 0x3f, 0, 0, 0 }; /* 0.5 */
static const char failing[4] = { 0, 0, 0, STANDING_FAILING };

static void
fill(struct claim_row_field row[CLAIM_ROW_COLUMNS])
{
	memset(row, 0, CLAIM_ROW_COLUMNS * sizeof *row);
	row[CLAIM_ROW_ID] = (struct claim_row_field){ id, sizeof id };
	row[CLAIM_ROW_ATTEMPT_NO] =
	    (struct claim_row_field){ three, sizeof three };
	row[CLAIM_ROW_RETRY_NO] = (struct claim_row_field){ four, sizeof four };
	row[CLAIM_ROW_WEBHOOK] =
	    (struct claim_row_field){ webhook, sizeof webhook };
	row[CLAIM_ROW_MESSAGE] =
	    (struct claim_row_field){ message, sizeof message };
	row[CLAIM_ROW_URL] = (struct claim_row_field){ "https://a", 9 };
	row[CLAIM_ROW_BODY] = (struct claim_row_field){ BODY, strlen(BODY) };
	row[CLAIM_ROW_ACCOUNT] =
	    (struct claim_row_field){ account, sizeof account };
	row[CLAIM_ROW_SHARE] = (struct claim_row_field){ share, sizeof share };
	row[CLAIM_ROW_STANDING] =
	    (struct claim_row_field){ failing, sizeof failing };
}

static void
clear(struct claim_row_field *row, enum claim_row_column column)
{
	row[column] = (struct claim_row_field){ NULL, 0 };
}

Test(claim_rows, there_are_three_kinds)
{
	struct claim_row_field row[CLAIM_ROW_COLUMNS];

	fill(row);
	cr_assert_eq(claim_row_kind(row), CLAIM_ROW_DELIVERY);
	clear(row, CLAIM_ROW_WEBHOOK);
	cr_assert_eq(claim_row_kind(row), CLAIM_ROW_MORE);
	clear(row, CLAIM_ROW_ACCOUNT);
	cr_assert_eq(claim_row_kind(row), CLAIM_ROW_SUMMARY);
}

Test(claim_rows, an_account_has_more_above_its_bounds)
{
	struct claim_row_field row[CLAIM_ROW_COLUMNS];
	struct owing_account more;

	fill(row);
	more = claim_row_more(row);
	cr_assert_eq(memcmp(more.account, account, ID_BYTES), 0);
	cr_assert_eq(more.low, ((int64_t)1 << 32) + 2);
	cr_assert_eq(more.due, OWING_NONE);
	row[CLAIM_ROW_DUE] = row[CLAIM_ROW_ID];
	clear(row, CLAIM_ROW_ID);
	more = claim_row_more(row);
	cr_assert_eq(more.low, OWING_NONE);
	cr_assert_eq(more.due, ((int64_t)1 << 32) + 2);
}

Test(claim_rows, the_first_row_says_how_far_the_claim_looked)
{
	struct claim_row_field row[CLAIM_ROW_COLUMNS];
	struct claim_row_summary view;

	fill(row);
	view = claim_row_summary(row);
	cr_assert_eq(view.high, ((int64_t)1 << 32) + 2);
	cr_assert_eq(view.fresh, 3);
	cr_assert_eq(view.backlogs, 260);
	cr_assert(view.notes);
	cr_assert_not(view.clogged);
	cr_assert(view.lap_goes_on);
	cr_assert_eq(memcmp(view.lap_at, message, ID_BYTES), 0);
	cr_assert_not(view.lanes_go_on);
	row[CLAIM_ROW_DUE] = row[CLAIM_ROW_ID];
	row[CLAIM_ROW_MAX_IN_FLIGHT] =
	    (struct claim_row_field){ three, sizeof three };
	clear(row, CLAIM_ROW_ID);
	clear(row, CLAIM_ROW_URL);
	clear(row, CLAIM_ROW_MESSAGE);
	view = claim_row_summary(row);
	cr_assert_eq(view.high, 0);
	cr_assert(!view.notes);
	cr_assert(view.clogged);
	cr_assert_not(view.lap_goes_on);
	cr_assert(view.lanes_go_on);
	cr_assert_eq(view.lanes_at, ((int64_t)1 << 32) + 2);
}

Test(claim_rows, a_row_becomes_an_attempt)
{
	struct claim_row_field row[CLAIM_ROW_COLUMNS];
	struct attempt *a;

	fill(row);
	a = claim_row_attempt(row, strlen(BODY), NULL);
	cr_assert_not_null(a);
	cr_assert_eq(a->id, ((int64_t)1 << 32) + 2);
	cr_assert_eq(a->attempt_no, 3);
	cr_assert_eq(a->retry_no, 260);
	cr_assert_eq(memcmp(a->account, account, ID_BYTES), 0);
	cr_assert_eq(memcmp(a->webhook, webhook, ID_BYTES), 0);
	cr_assert_eq(a->share, 0.5F);
	cr_assert_eq(a->standing, STANDING_FAILING);
	cr_assert_eq(memcmp(a->message, message, ID_BYTES), 0);
	cr_assert_str_eq(a->url, "https://a");
	cr_assert_eq(a->body_length, strlen(BODY));
	cr_assert_str_eq(a->body, BODY);
	cr_assert_null(a->verdict, "it has yet to be sent");
	cr_assert_eq(a->max_in_flight, 0);
	cr_assert_eq(a->timeout_s, 0);
	cr_assert_eq(a->schedule.attempts, 0);
	attempt_free(a);
}

Test(claim_rows, a_webhook_may_ask_for_so_many_at_one_time)
{
	struct claim_row_field row[CLAIM_ROW_COLUMNS];
	struct attempt *a;

	fill(row);
	row[CLAIM_ROW_MAX_IN_FLIGHT] =
	    (struct claim_row_field){ three, sizeof three };
	a = claim_row_attempt(row, strlen(BODY), NULL);
	cr_assert_not_null(a);
	cr_assert_eq(a->max_in_flight, 3);
	attempt_free(a);
}

#define INT4(n) 0, 0, (n) / 256, (n) % 256

/* As the row has it, and what the attempt has then. */
static const struct {
	char bytes[36];
	size_t length;
	struct retry_schedule schedule;
} schedules[] = {
	{ { INT4(0), INT4(0), INT4(23) }, 12, { .attempts = 1 } },
	{ { INT4(1), INT4(0), INT4(23), INT4(1), INT4(1), INT4(4), INT4(3) },
	    28, { .attempts = 2, .delays_s = { 3 } } },
	{ { INT4(1), INT4(0), INT4(23), INT4(2), INT4(1), INT4(4), INT4(3),
	      INT4(4), INT4(260) },
	    36, { .attempts = 3, .delays_s = { 3, 260 } } },
};

Test(claim_rows, a_webhook_may_have_a_schedule_and_a_timeout)
{
	struct claim_row_field row[CLAIM_ROW_COLUMNS];
	struct attempt *a;

	for (size_t i = 0; i < COUNT(schedules); i++) {
		fill(row);
		row[CLAIM_ROW_TIMEOUT] =
		    (struct claim_row_field){ three, sizeof three };
		row[CLAIM_ROW_RETRY_SCHEDULE] =
		    (struct claim_row_field){ schedules[i].bytes,
			    schedules[i].length };
		a = claim_row_attempt(row, strlen(BODY), NULL);
		cr_assert_not_null(a);
		cr_assert_eq(a->timeout_s, 3);
		cr_assert_eq(memcmp(&a->schedule, &schedules[i].schedule,
				 sizeof a->schedule),
		    0, "case %zu", i);
		attempt_free(a);
	}
}

Test(claim_rows, a_body_there_is_no_room_for_is_returned)
{
	struct claim_row_field row[CLAIM_ROW_COLUMNS];
	struct attempt *a;

	fill(row);
	a = claim_row_attempt(row, strlen(BODY) - 1, NULL);
	cr_assert_not_null(a);
	cr_assert_null(a->body);
	cr_assert_eq(a->body_length, 0);
	cr_assert_eq(a->ending, ENDING_RETURNED);
	cr_assert_eq(a->verdict->fate, FATE_RETURNED);
	attempt_free(a);
}

Test(claim_rows, headers_that_cannot_be_opened_are_noted)
{
	struct claim_row_field row[CLAIM_ROW_COLUMNS];
	struct attempt *a;

	fill(row);
	a = claim_row_attempt(row, strlen(BODY), NULL);
	cr_assert_not_null(a);
	cr_assert_not(a->headers_closed);
	attempt_free(a);
	row[CLAIM_ROW_HEADERS] = (struct claim_row_field){ "cut short", 9 };
	a = claim_row_attempt(row, strlen(BODY), NULL);
	cr_assert_not_null(a);
	cr_assert(a->headers_closed);
	cr_assert_null(a->headers);
	attempt_free(a);
}

/* Its webhook is gone, and so is its message. */
Test(claim_rows, what_is_gone_is_left_out)
{
	struct claim_row_field row[CLAIM_ROW_COLUMNS];
	struct attempt *a;

	fill(row);
	clear(row, CLAIM_ROW_URL);
	clear(row, CLAIM_ROW_BODY);
	a = claim_row_attempt(row, 0, NULL);
	cr_assert_not_null(a);
	cr_assert_str_eq(a->url, "");
	cr_assert_null(a->body);
	cr_assert_null(a->verdict, "it has yet to be sent");
	attempt_free(a);
}
