/* upkeep.c - what a worker does now and then for the database. */
#include "delivery/upkeep.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/process.h"
#include "delivery/tally.h"
#include "delivery/upkeep_db.h"

#define DIAL_MS 500
#define AGAIN_MS 60000 /* when it failed, or cannot go on */
#define STEP_PAUSE 4   /* so many times as long as a step took */
#define RETURN_MS 1000 /* for workers whose connections were lost with ours */
#define STACK_BYTES (512 * 1024)

enum { RECLAIM, TURN_DAYS, TIDY, WORK, REPORT, HEALTH, CHORES };

static const struct {
	enum queue_result (*step)(struct upkeep_db *db, bool *more);
	int idle_ms;  /* until the next, when nothing is left */
	int again_ms; /* when it failed */
	bool wakes;   /* what it does can be claimed */
} chores[CHORES] = {
	[RECLAIM] = { upkeep_db_reclaim, 250, 250, true },
	/* a sixth of what its clock may be off */
	[TURN_DAYS] = { upkeep_db_turn_days, 600000, AGAIN_MS, false },
	[TIDY] = { upkeep_db_tidy, 3600000, AGAIN_MS, false },
	[WORK] = { upkeep_db_work, 1000, AGAIN_MS, true },
	[REPORT] = { upkeep_db_report, PROCESS_REPORT_MS, PROCESS_REPORT_MS,
	    false },
	[HEALTH] = { upkeep_db_health, 5000, 5000, false },
};

struct upkeep {
	struct upkeep_db *db;
	long long due_ms[CHORES]; /* 0: at once */
	bool was_connected;
	unsigned worker;       /* as which it has been reported */
	int ready_fd, stop_fd; /* eventfds */
	atomic_bool stopping;
	pthread_t thread;
	bool started;
};

static bool
ensure_connected(struct upkeep *u)
{
	if (upkeep_db_is_connected(u->db))
		return true;
	if (!upkeep_db_connect(u->db))
		return false;
	if (u->was_connected)
		u->due_ms[RECLAIM] = clock_now_ms() + RETURN_MS;
	u->was_connected = true;
	return true;
}

/* Do a step; when is the next? Most of the time is left free. */
static long long
make_step(struct upkeep *u, int chore)
{
	long long began = clock_now_ms(), now;
	bool more = false;
	enum queue_result result = chores[chore].step(u->db, &more);

	now = clock_now_ms();
	if (more && chores[chore].wakes)
		(void)eventfd_write(u->ready_fd, 1);
	if (result != QUEUE_DONE)
		return now + chores[chore].again_ms;
	return now +
	    (more ? STEP_PAUSE * (now - began + 1) : chores[chore].idle_ms);
}

/* Do each that is due; when is the next? */
static long long
run_chores(struct upkeep *u)
{
	long long next = clock_now_ms() + DIAL_MS;

	if (!ensure_connected(u))
		return next;
	if (tally_worker() != u->worker)
		u->due_ms[REPORT] = 0;
	u->worker = tally_worker();
	for (int i = 0; i < CHORES && !atomic_load(&u->stopping); i++) {
		if (clock_now_ms() >= u->due_ms[i])
			u->due_ms[i] = make_step(u, i);
		if (!upkeep_db_is_connected(u->db))
			return next;
		if (u->due_ms[i] < next)
			next = u->due_ms[i];
	}
	return next;
}

static void
rest(struct upkeep *u, long long until_ms)
{
	struct pollfd p = { .fd = u->stop_fd, .events = POLLIN };
	long long left_ms = until_ms - clock_now_ms();

	if (left_ms > 0)
		(void)poll(&p, 1, (int)left_ms);
}

static void *
run_thread(void *arg)
{
	struct upkeep *u = arg;

	while (!atomic_load(&u->stopping))
		rest(u, run_chores(u));
	return NULL;
}

static bool
start_thread(struct upkeep *u)
{
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	errno = pthread_create(&u->thread, &attr, run_thread, u);
	pthread_attr_destroy(&attr);
	u->started = errno == 0;
	return u->started;
}

struct upkeep *
upkeep_open(const char *conninfo)
{
	struct upkeep *u = calloc(1, sizeof *u);

	if (u == NULL)
		return NULL;
	u->ready_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	u->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	u->db = upkeep_db_open(conninfo);
	if (u->ready_fd != -1 && u->stop_fd != -1 && u->db != NULL &&
	    start_thread(u))
		return u;
	log_line(LOG_ERR, "the upkeep cannot start: %s", strerror(errno));
	upkeep_close(u);
	return NULL;
}

void
upkeep_stop(struct upkeep *u)
{
	atomic_store(&u->stopping, true);
	(void)eventfd_write(u->stop_fd, 1);
	upkeep_db_cut(u->db);
}

void
upkeep_close(struct upkeep *u)
{
	if (u == NULL)
		return;
	if (u->started) {
		upkeep_stop(u);
		pthread_join(u->thread, NULL);
	}
	upkeep_db_close(u->db);
	if (u->ready_fd != -1)
		close(u->ready_fd);
	if (u->stop_fd != -1)
		close(u->stop_fd);
	free(u);
}

int
upkeep_fd(const struct upkeep *u)
{
	return u->ready_fd;
}

bool
upkeep_take(struct upkeep *u)
{
	eventfd_t count;

	return eventfd_read(u->ready_fd, &count) == 0;
}
