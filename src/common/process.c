/* process.c - what a process tells the database of itself. */
#include "common/process.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

void
process_init(struct process *p, const char *program, const char *version)
{
	unsigned char id[ID_BYTES];

	memset(p, 0, sizeof *p);
	id_make(id);
	id_uuid(id, p->id);
	if (gethostname(p->host, sizeof p->host - 1) != 0)
		snprintf(p->host, sizeof p->host, "unknown");
	snprintf(p->pid, sizeof p->pid, "%d", (int)getpid());
	p->values[0] = p->id;
	p->values[1] = program;
	p->values[2] = p->host;
	p->values[3] = p->pid;
	p->values[4] = version;
}

void
process_set(struct process *p, const struct process_state *state)
{
	snprintf(p->worker, sizeof p->worker, "%u", state->worker);
	snprintf(p->places, sizeof p->places, "%u", state->places);
	snprintf(p->in_flight, sizeof p->in_flight, "%u", state->in_flight);
	snprintf(p->turned, sizeof p->turned, "%lld ms", state->turned_ms);
	p->values[5] = state->worker == 0 ? NULL : p->worker;
	p->values[6] = p->places;
	p->values[7] = p->in_flight;
	p->values[8] = p->turned;
	p->values[9] = state->counters;
}
