/*
 * sync-delay.c - makes each fsync and fdatasync last SYNC_DELAY_US longer.
 *
 * A library to preload into PostgreSQL: what a slower disk would do to it.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static long delay_us;
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);

__attribute__((constructor)) static void
begin(void)
{
	const char *text = getenv("SYNC_DELAY_US");

	delay_us = text == NULL ? 0 : strtol(text, NULL, 10);
	real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
	real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
}

static void
wait_longer(void)
{
	struct timespec t = { delay_us / 1000000, delay_us % 1000000 * 1000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) != 0)
		continue;
}

int
fsync(int fd)
{
	wait_longer();
	return real_fsync(fd);
}

int
fdatasync(int fd)
{
	wait_longer();
	return real_fdatasync(fd);
}
