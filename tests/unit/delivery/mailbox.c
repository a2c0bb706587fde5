/* mailbox.c - attempts come out in the order they went in, and ring. */
#include "delivery/mailbox.h"

#include <poll.h>

#include <criterion/criterion.h>

static struct attempt *
list(int64_t first, int64_t last)
{
	struct attempt *head = NULL, **end = &head;

	for (int64_t id = first; id <= last; id++) {
		*end = attempt_new("u", 1, "b", 1);
		(*end)->id = id;
		end = &(*end)->next;
	}
	return head;
}

static void
expect(struct attempt *a, int64_t first, int64_t last)
{
	for (int64_t id = first; id <= last; id++) {
		struct attempt *next;

		cr_assert_not_null(a, "id %d", (int)id);
		cr_assert_eq(a->id, id);
		next = a->next;
		attempt_free(a);
		a = next;
	}
	cr_assert_null(a);
}

static bool
rings(const struct mailbox *m)
{
	struct pollfd p = { .fd = m->fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

Test(mailbox, in_order_and_bounded)
{
	struct mailbox m;

	cr_assert(mailbox_init(&m));
	cr_assert_not(rings(&m));
	mailbox_put(&m, list(1, 3));
	mailbox_put(&m, list(4, 5));
	cr_assert(rings(&m));
	expect(mailbox_take(&m, 2), 1, 2);
	cr_assert(rings(&m), "there is more");
	expect(mailbox_take(&m, 100), 3, 5);
	cr_assert_not(rings(&m));
	cr_assert_null(mailbox_take(&m, 100));
	mailbox_put(&m, list(6, 6));
	expect(mailbox_take(&m, 1), 6, 6);
	mailbox_put(&m, NULL);
	cr_assert_not(rings(&m));
	mailbox_put(&m, list(7, 9));
	mailbox_clear(&m);
}
