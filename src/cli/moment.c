/* moment.c - times as people and headers write them, to RFC 3339. */
#include "cli/moment.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/text.h"

#define COUNT_MAX 1000000

static const struct {
	const char *name;
	long long seconds;
} units[] = {
	{ "second", 1 },
	{ "minute", 60 },
	{ "hour", 3600 },
	{ "day", 86400 },
	{ "week", 7LL * 86400 },
};

static bool
write_moment(long long seconds, char moment[MOMENT_MAX])
{
	time_t at = (time_t)seconds;
	struct tm tm;

	return gmtime_r(&at, &tm) != NULL &&
	    strftime(moment, MOMENT_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0;
}

/* A unit, its s or not, " ago", and no more; 0: it is not. */
static long long
unit_of(const char *text)
{
	for (size_t i = 0; i < COUNT(units); i++) {
		size_t n = strlen(units[i].name);

		if (strncmp(text, units[i].name, n) != 0)
			continue;
		text += n;
		if (*text == 's')
			text++;
		return strcmp(text, " ago") == 0 ? units[i].seconds : 0;
	}
	return 0;
}

bool
moment_read(const char *text, long long now, char moment[MOMENT_MAX])
{
	size_t digits = strspn(text, "0123456789");
	unsigned count;
	long long unit;

	if (strcmp(text, "now") == 0)
		return write_moment(now, moment);
	if (digits == 4 && text[4] == '-' && strlen(text) < MOMENT_MAX) {
		snprintf(moment, MOMENT_MAX, "%s", text);
		return true;
	}
	if (!text_number((struct text){ text, digits }, COUNT_MAX, &count) ||
	    text[digits] != ' ')
		return false;
	unit = unit_of(text + digits + 1);
	return unit > 0 &&
	    write_moment(now > count * unit ? now - count * unit : 0, moment);
}

bool
moment_of_date(const char *date, long long *seconds)
{
	struct tm tm = { .tm_sec = 0 };
	const char *end = strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &tm);

	if (end == NULL || *end != '\0')
		return false;
	*seconds = (long long)timegm(&tm);
	return *seconds > 0;
}
