/* health_params.c - how webhooks fared, for postern.note_health. */
#include "delivery/health_params.h"

#include <stdlib.h>

#include "common/clock.h"
#include "common/pgarray.h"
#include "delivery/webhook_health.h"

enum { ACCOUNTS, WEBHOOKS, ATTEMPTS, TAKEN, STATUSES, AGES, PARAMETERS };

static const enum pgarray_type types[PARAMETERS] = {
	[ACCOUNTS] = PGARRAY_UUID,
	[WEBHOOKS] = PGARRAY_UUID,
	[ATTEMPTS] = PGARRAY_INT4,
	[TAKEN] = PGARRAY_INT4,
	[STATUSES] = PGARRAY_INT4,
	[AGES] = PGARRAY_INT8,
};

struct health_params {
	struct webhook_health taken[HEALTH_PARAMS_MAX];
	size_t count;
	struct pgarray arrays[PARAMETERS];
	const char *values[PARAMETERS];
	int lengths[PARAMETERS];
	struct queue_params params;
};

struct health_params *
health_params_open(void)
{
	struct health_params *p = calloc(1, sizeof *p);

	if (p != NULL)
		p->params =
		    (struct queue_params){ PARAMETERS, p->values, p->lengths };
	return p;
}

void
health_params_close(struct health_params *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < PARAMETERS; i++)
		pgarray_clear(&p->arrays[i]);
	free(p);
}

static void
add(struct pgarray *to, const struct webhook_health *h, long long now_ms)
{
	pgarray_add(&to[ACCOUNTS], h->account, ID_BYTES);
	pgarray_add(&to[WEBHOOKS], h->webhook, ID_BYTES);
	pgarray_add_int4(&to[ATTEMPTS], h->attempts);
	pgarray_add_int4(&to[TAKEN], h->taken);
	if (h->status == 0)
		pgarray_add_null(&to[STATUSES]);
	else
		pgarray_add_int4(&to[STATUSES], h->status);
	pgarray_add_int8(&to[AGES], now_ms - h->answered_ms);
}

static bool
lay_out(struct health_params *p)
{
	long long now_ms = clock_now_ms();

	for (size_t i = 0; i < PARAMETERS; i++)
		pgarray_reset(&p->arrays[i]);
	for (size_t i = 0; i < p->count; i++)
		add(p->arrays, &p->taken[i], now_ms);
	for (size_t i = 0; i < PARAMETERS; i++)
		if (!pgarray_parameter(&p->arrays[i], types[i], &p->values[i],
			&p->lengths[i]))
			return false;
	return true;
}

const struct queue_params *
health_params_take(struct health_params *p, bool *more)
{
	p->count = webhook_health_take(p->taken, HEALTH_PARAMS_MAX);
	*more = p->count == HEALTH_PARAMS_MAX;
	if (p->count == 0)
		return NULL;
	if (lay_out(p))
		return &p->params;
	health_params_put_back(p);
	return NULL;
}

void
health_params_put_back(const struct health_params *p)
{
	webhook_health_put_back(p->taken, p->count);
}
