/* commit_queue.c - what the committer takes at once. */
#include "responder/commit_queue.h"

#include <string.h>

#include <criterion/criterion.h>

#define WAITING 8

static void
keep_nothing(struct pending *p)
{
	(void)p;
}

/* Those of one first byte of their ids wait for each other. */
static bool
same_first(const struct pending *a, const struct pending *b)
{
	return a->id[0] == b->id[0];
}

static const struct commit_kind bounded = { .batch_max = 3,
	.bytes_max = 100,
	.size = sizeof(struct pending),
	.destroy = keep_nothing };
static const struct commit_kind exclusive = { .batch_max = 3,
	.size = sizeof(struct pending),
	.conflict = same_first,
	.destroy = keep_nothing };

static struct commit_queue *queue;
static struct pending *batch[COMMIT_BATCH_MAX];

static struct pending *
add(unsigned char id, size_t bytes)
{
	const unsigned char ids[ID_BYTES] = { id };
	static const unsigned char account[ID_BYTES];
	struct pending *p = commit_queue_borrow(queue);

	cr_assert_not_null(p);
	pending_begin(p, ids, account);
	p->bytes = bytes;
	cr_assert(commit_queue_join(queue, p));
	return p;
}

static void
expect_batch(const char *ids)
{
	size_t count = commit_queue_take(queue, batch);

	cr_expect_eq(count, strlen(ids), "%zu, not %s", count, ids);
	for (size_t i = 0; i < count; i++)
		cr_expect_eq(batch[i]->id[0], (unsigned char)ids[i], "%zu", i);
}

Test(commit_queue, a_batch_is_bounded_by_count_and_by_bytes)
{
	static const struct {
		char id;
		size_t bytes;
	} waiting[] = {
		{ 'a', 60 },
		{ 'b', 40 },
		{ 'c', 1 },
		{ 'd', 500 },
		{ 'e', 0 },
		{ 'f', 0 },
		{ 'g', 0 },
		{ 'h', 100 },
	};

	queue = commit_queue_open(&bounded, WAITING);
	cr_assert_not_null(queue);
	for (size_t i = 0; i < COUNT(waiting); i++)
		add((unsigned char)waiting[i].id, waiting[i].bytes);
	cr_expect_null(commit_queue_borrow(queue), "too many wait");
	expect_batch("ab");
	expect_batch("c");
	expect_batch("d"); /* more than any batch, so alone */
	expect_batch("efg");
	expect_batch("h");
	commit_queue_close(queue);
}

Test(commit_queue, what_is_in_conflict_waits_for_the_response)
{
	struct pending *first;

	queue = commit_queue_open(&exclusive, WAITING);
	cr_assert_not_null(queue);
	first = add('a', 0);
	add('a', 0);
	add('b', 0);
	expect_batch("ab");
	cr_expect(batch[0] == first);
	pending_reply(first, OUTCOME_REGISTERED, false);
	first->stays = true;
	commit_queue_reply(queue, &first, 1);
	add('c', 0);
	expect_batch("c");
	cr_expect(commit_queue_is_contended(queue, first->id));
	commit_queue_response_sent(queue, first->id);
	expect_batch("a");
	commit_queue_close(queue);
}
