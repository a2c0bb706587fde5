/* mailbox.c - a queue of attempts from one thread to another. */
#include "delivery/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

bool
mailbox_init(struct mailbox *m)
{
	pthread_mutex_init(&m->lock, NULL);
	m->first = NULL;
	m->end = &m->first;
	m->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return m->fd != -1;
}

void
mailbox_clear(struct mailbox *m)
{
	attempt_free_all(m->first);
	if (m->fd != -1)
		close(m->fd);
	pthread_mutex_destroy(&m->lock);
}

void
mailbox_put(struct mailbox *m, struct attempt *first)
{
	struct attempt **end = &first;
	bool was_empty;

	if (first == NULL)
		return;
	while (*end != NULL)
		end = &(*end)->next;
	pthread_mutex_lock(&m->lock);
	was_empty = m->first == NULL;
	*m->end = first;
	m->end = end == &first ? m->end : end;
	pthread_mutex_unlock(&m->lock);
	if (was_empty)
		mailbox_ring(m);
}

struct attempt *
mailbox_take(struct mailbox *m, size_t count_max)
{
	struct attempt *first, **end = &first;
	eventfd_t count;
	bool more;

	(void)eventfd_read(m->fd, &count);
	pthread_mutex_lock(&m->lock);
	first = m->first;
	while (*end != NULL && count_max-- > 0)
		end = &(*end)->next;
	m->first = *end;
	*end = NULL;
	more = m->first != NULL;
	if (!more)
		m->end = &m->first;
	pthread_mutex_unlock(&m->lock);
	if (more)
		mailbox_ring(m);
	return first;
}

void
mailbox_ring(struct mailbox *m)
{
	(void)eventfd_write(m->fd, 1);
}
