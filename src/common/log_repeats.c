/* log_repeats.c - which sentences were logged in the last minute. */
#include "common/log_repeats.h"

#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"

struct repeat {
	char sentence[LOG_TEXT_MAX]; /* "": none */
	long long logged_ms;
	unsigned times; /* since then */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct repeat repeats[LOG_REPEATS_MAX];

/* The sentence's own, else the one to be forgotten. Called with the lock. */
static struct repeat *
find_repeat(const char *sentence)
{
	struct repeat *oldest = &repeats[0];

	for (struct repeat *r = repeats; r < repeats + LOG_REPEATS_MAX; r++) {
		if (strcmp(r->sentence, sentence) == 0)
			return r;
		if (r->logged_ms < oldest->logged_ms)
			oldest = r;
	}
	snprintf(oldest->sentence, sizeof oldest->sentence, "%s", sentence);
	oldest->times = 0;
	oldest->logged_ms = -LOG_REPEATS_MS;
	return oldest;
}

bool
log_repeats_is_due(const char *sentence, unsigned *times)
{
	long long now = clock_now_ms();
	struct repeat *r;
	bool due;

	pthread_mutex_lock(&lock);
	r = find_repeat(sentence);
	due = now - r->logged_ms >= LOG_REPEATS_MS;
	*times = r->times;
	if (due) {
		r->logged_ms = now;
		r->times = 0;
	} else {
		r->times++;
	}
	pthread_mutex_unlock(&lock);
	return due;
}
