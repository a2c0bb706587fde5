/* holders.c - who holds how many of something scarce: a count for each. */
#include "responder/holders.h"

#include <stdlib.h>
#include <string.h>

#include "common/share.h"

struct holder {
	unsigned char id[ID_BYTES]; /* the account's */
	size_t count;               /* at least 1 */
};

struct holders {
	struct share_pool pool;
	float weight;
	size_t length; /* of list: accounts that hold some */
	struct holder list[];
};

struct holders *
holders_open(size_t capacity, float weight)
{
	struct holders *h;

	h = calloc(1, sizeof *h + capacity * sizeof h->list[0]);
	if (h == NULL)
		return NULL;
	h->pool.capacity = capacity;
	h->weight = weight;
	return h;
}

void
holders_close(struct holders *h)
{
	free(h);
}

/* The account's, or one at the end of the list with a count of 0. */
static struct holder *
find_holder(struct holders *h, const struct account *account)
{
	struct holder *found = h->list, *end = h->list + h->length;

	while (found < end && memcmp(found->id, account->id, ID_BYTES) != 0)
		found++;
	if (found == end) {
		memcpy(found->id, account->id, ID_BYTES);
		found->count = 0;
	}
	return found;
}

enum holders_answer
holders_take(struct holders *h, const struct account *account)
{
	struct holder *own;

	if (h->pool.used >= h->pool.capacity)
		return HOLDERS_NONE_FREE;
	own = find_holder(h, account);
	if (own->count >= share_limit(&h->pool, h->weight * account->share))
		return HOLDERS_OVER_SHARE;
	if (own->count++ == 0)
		h->length++;
	h->pool.used++;
	return HOLDERS_TAKEN;
}

void
holders_give_back(struct holders *h, const struct account *account)
{
	struct holder *own = find_holder(h, account);

	h->pool.used--;
	if (--own->count == 0)
		*own = h->list[--h->length];
}
