/* webhook_health.c - how webhooks fared, until that is written. */
#include "delivery/webhook_health.h"

#include <pthread.h>
#include <string.h>
#include <sys/queue.h>

#include "common/clock.h"
#include "delivery/id_table.h"

struct entry {
	struct id_entry id;
	TAILQ_ENTRY(entry) place;
	struct webhook_health health;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of all below */
static TAILQ_HEAD(, entry) waiting = TAILQ_HEAD_INITIALIZER(waiting);
static struct id_table *webhooks; /* NULL: none as yet */

/* NULL when memory is short, or there are enough. */
static struct entry *
get_entry(const struct webhook_health *of)
{
	struct entry *e;

	if (webhooks == NULL)
		webhooks = id_table_open(sizeof *e);
	if (webhooks == NULL)
		return NULL;
	e = id_table_find(webhooks, of->webhook);
	if (e != NULL || id_table_count(webhooks) >= WEBHOOK_HEALTH_MAX)
		return e;
	e = id_table_get(webhooks, of->webhook);
	if (e == NULL)
		return NULL;
	memcpy(e->health.webhook, of->webhook, ID_BYTES);
	memcpy(e->health.account, of->account, ID_BYTES);
	TAILQ_INSERT_TAIL(&waiting, e, place);
	return e;
}

static void
merge(const struct webhook_health *more)
{
	struct entry *e = get_entry(more);

	if (e == NULL)
		return;
	e->health.attempts += more->attempts;
	e->health.taken += more->taken;
	if (more->status != 0 && more->answered_ms >= e->health.answered_ms) {
		e->health.status = more->status;
		e->health.answered_ms = more->answered_ms;
	}
}

void
webhook_health_add(const struct attempt *a)
{
	struct webhook_health one = {
		.attempts = 1,
		.taken = a->verdict->fate == FATE_SENT,
		.status = a->status,
		.answered_ms = a->began_ms + a->total_us / 1000,
	};

	if (a->began_ms == 0 || a->verdict->fate == FATE_RETURNED)
		return;
	memcpy(one.webhook, a->webhook, ID_BYTES);
	memcpy(one.account, a->account, ID_BYTES);
	pthread_mutex_lock(&lock);
	merge(&one);
	pthread_mutex_unlock(&lock);
}

size_t
webhook_health_take(struct webhook_health *taken, size_t max)
{
	struct entry *e;
	size_t count = 0;

	pthread_mutex_lock(&lock);
	while (count < max && (e = TAILQ_FIRST(&waiting)) != NULL) {
		taken[count++] = e->health;
		TAILQ_REMOVE(&waiting, e, place);
		id_table_remove(webhooks, e);
	}
	pthread_mutex_unlock(&lock);
	return count;
}

void
webhook_health_put_back(const struct webhook_health *taken, size_t count)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < count; i++)
		merge(&taken[i]);
	pthread_mutex_unlock(&lock);
}

void
webhook_health_clear(void)
{
	pthread_mutex_lock(&lock);
	TAILQ_INIT(&waiting);
	id_table_close(webhooks);
	webhooks = NULL;
	pthread_mutex_unlock(&lock);
}
