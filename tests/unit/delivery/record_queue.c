/* record_queue.c - what has ended is recorded by accounts in turn. */
#include "delivery/record_queue.h"

#include <string.h>

#include <criterion/criterion.h>

static struct record_queue *q;

static void
open_queue(void)
{
	q = record_queue_open();
}

static void
close_queue(void)
{
	record_queue_close(q);
	record_queue_close(NULL);
}

TestSuite(record_queue, .init = open_queue, .fini = close_queue);

static void
add(unsigned char account, int status, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct attempt *a = attempt_new("u", 1, "b", 1);

		memset(a->account, account, ID_BYTES);
		attempt_end(a, ENDING_ANSWERED, status);
		a->id = i;
		record_queue_add(q, a);
	}
}

/* Their accounts as a text, "abc". */
static const char *
take(size_t count_max)
{
	static char text[1024];
	struct attempt *first = record_queue_take(q, count_max);
	size_t n = 0;

	for (struct attempt *a = first; a != NULL; a = a->next)
		text[n++] = (char)a->account[0];
	text[n] = '\0';
	attempt_free_all(first);
	return text;
}

Test(record_queue, there_are_none_at_first)
{
	cr_assert_str_eq(take(9), "");
	record_queue_add(q, NULL);
	cr_assert_str_eq(take(9), "");
}

Test(record_queue, accounts_take_turns)
{
	add('a', 200, 5);
	add('b', 200, 2);
	add('c', 200, 1);
	cr_assert_str_eq(take(4), "abca");
	cr_assert_str_eq(take(9), "baaa");
	cr_assert_str_eq(take(9), "");
}

Test(record_queue, whoever_had_none_is_next)
{
	add('a', 200, 5);
	add('b', 200, 5);
	cr_assert_str_eq(take(3), "aba");
	add('c', 200, 2);
	cr_assert_str_eq(take(4), "cbac");
}

Test(record_queue, those_of_one_account_stay_in_order)
{
	struct attempt *first;

	add('a', 200, 3);
	first = record_queue_take(q, 3);
	cr_assert_eq(first->id, 0);
	cr_assert_eq(first->next->id, 1);
	cr_assert_eq(first->next->next->id, 2);
	attempt_free_all(first);
}

Test(record_queue, few_at_a_time_were_not_delivered)
{
	add('a', 500, RECORD_QUEUE_DEAR + 9);
	add('b', 200, 1);
	cr_assert_eq(strlen(take(256)), RECORD_QUEUE_DEAR + 1);
	cr_assert_eq(strlen(take(256)), 9);
}
