/* line.c - a waiting line in which accounts take turns. */
#include "responder/line.h"

#include <stddef.h>
#include <string.h>

/* NULL: before all others. */
static void
insert_behind(struct line *l, struct place *before, struct place *p)
{
	p->previous = before;
	p->next = before == NULL ? l->first : before->next;
	if (p->next != NULL)
		p->next->previous = p;
	else
		l->last = p;
	if (before != NULL)
		before->next = p;
	else
		l->first = p;
}

/* The last of those with this turn or an earlier one. */
static struct place *
last_until(const struct line *l, uint64_t turn)
{
	struct place *at = l->last;

	while (at != NULL && at->turn > turn)
		at = at->previous;
	return at;
}

void
line_join(struct line *l, struct place *p)
{
	const struct place *own = l->last;

	while (own != NULL && memcmp(own->account, p->account, ID_BYTES) != 0)
		own = own->previous;
	if (own != NULL)
		p->turn = own->turn + 1;
	else
		p->turn = l->first == NULL ? 0 : l->first->turn;
	insert_behind(l, last_until(l, p->turn), p);
}

void
line_leave(struct line *l, struct place *p)
{
	if (p->previous != NULL)
		p->previous->next = p->next;
	else
		l->first = p->next;
	if (p->next != NULL)
		p->next->previous = p->previous;
	else
		l->last = p->previous;
}

void
line_rejoin(struct line *l, struct place *p)
{
	insert_behind(l, p->turn == 0 ? NULL : last_until(l, p->turn - 1), p);
}
