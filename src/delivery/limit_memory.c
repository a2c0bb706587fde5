/* limit_memory.c - remembers the concurrency limits of idle webhooks. */
#include "delivery/limit_memory.h"

#include <stdint.h>
#include <string.h>

/* The end of a UUIDv7 is random. */
static size_t
choose_set(const unsigned char webhook[ID_BYTES])
{
	uint32_t tail;

	memcpy(&tail, webhook + ID_BYTES - sizeof tail, sizeof tail);
	return tail & (LIMIT_MEMORY_SETS - 1);
}

void
limit_memory_keep(struct limit_memory *m, const unsigned char webhook[ID_BYTES],
    const struct concurrency_limit *l)
{
	size_t set = choose_set(webhook), way = 0;

	while (way < LIMIT_MEMORY_WAYS - 1 &&
	    memcmp(m->sets[set][way].webhook, webhook, ID_BYTES) != 0)
		way++;
	memmove(&m->sets[set][1], &m->sets[set][0],
	    way * sizeof m->sets[set][0]);
	memcpy(m->sets[set][0].webhook, webhook, ID_BYTES);
	m->sets[set][0].limit = *l;
}

void
limit_memory_find(const struct limit_memory *m,
    const unsigned char webhook[ID_BYTES], long long now_ms,
    struct concurrency_limit *l)
{
	size_t set = choose_set(webhook);

	for (size_t way = 0; way < LIMIT_MEMORY_WAYS; way++)
		if (memcmp(m->sets[set][way].webhook, webhook, ID_BYTES) == 0 &&
		    m->sets[set][way].limit.limit > 0) {
			*l = m->sets[set][way].limit;
			concurrency_limit_resume(l, now_ms);
			return;
		}
	concurrency_limit_init(l, now_ms);
}
