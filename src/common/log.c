/*
 * log.c - one line per event: logfmt or JSON, to stderr, journal or syslog.
 */
#include "common/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/log_repeats.h"
#include "common/log_text.h"

#define LOG_WHY_MAX 256

static struct log_plan plan;
static atomic_int least = LOG_INFO;

static const struct {
	const char *word;
	int level;
} levels[] = {
	{ "error", LOG_ERR },
	{ "warning", LOG_WARNING },
	{ "notice", LOG_NOTICE },
	{ "info", LOG_INFO },
	{ "debug", LOG_DEBUG },
};

static const char *
level_word(int level)
{
	size_t i = 0;

	while (i + 1 < COUNT(levels) && levels[i].level != level)
		i++;
	return levels[i].word;
}

/* A word of the table, alone or at the front of a line. */
static bool
take_word(const char *text)
{
	size_t length = strcspn(text, " \t\r\n");

	for (size_t i = 0; i < COUNT(levels); i++)
		if (strlen(levels[i].word) == length &&
		    strncmp(levels[i].word, text, length) == 0) {
			atomic_store(&least, levels[i].level);
			return true;
		}
	return false;
}

static bool
read_level(const char *path, char *why, size_t why_size)
{
	char text[64] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t n = fd == -1 ? -1 : read(fd, text, sizeof text - 1);

	if (n == -1)
		snprintf(why, why_size, "%s", strerror(errno));
	else if (!take_word(text))
		snprintf(why, why_size,
		    "its first word is not error, warning, notice, info or "
		    "debug");
	else
		*why = '\0';
	if (fd != -1)
		close(fd);
	return *why == '\0';
}

bool
log_set_level(const char *level, char *why, size_t why_size)
{
	if (*level == '/')
		return read_level(level, why, why_size);
	snprintf(why, why_size,
	    "must be error, warning, notice, info or debug, or the path of a "
	    "file that says so");
	return take_word(level);
}

bool
log_wants(int level)
{
	return level <= atomic_load(&least);
}

/* Is stderr what systemd says that its journal reads? */
static bool
is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char own[64];
	struct stat st;

	if (stream == NULL || fstat(STDERR_FILENO, &st) == -1)
		return false;
	snprintf(own, sizeof own, "%llu:%llu", (unsigned long long)st.st_dev,
	    (unsigned long long)st.st_ino);
	return strcmp(stream, own) == 0;
}

void
log_open(const char *program, const struct log_plan *wanted)
{
	plan = *wanted;
	if (plan.where == LOG_WHERE_SYSLOG)
		openlog(program, LOG_PID | LOG_NDELAY, LOG_DAEMON);
	else if (is_journal())
		plan.where = LOG_WHERE_JOURNAL;
}

/* Journal and syslog have a time of their own. */
static void
add_time(struct log_text *t)
{
	struct timespec now;
	struct tm utc;
	char text[96];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ",
	    utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
	    utc.tm_min, utc.tm_sec, now.tv_nsec / 1000000);
	log_text_add(t, "time", text);
}

static void
write_line(int level, const struct log_field *fields, unsigned times,
    const char *sentence)
{
	struct log_text t;

	log_text_begin(&t, plan.format == LOG_FORMAT_JSON);
	if (plan.where == LOG_WHERE_STDERR || plan.format == LOG_FORMAT_JSON)
		add_time(&t);
	log_text_add(&t, "level", level_word(level));
	log_text_add(&t, "text", sentence);
	if (times > 0)
		log_text_add_number(&t, "again", times);
	for (; fields != NULL && fields->name != NULL; fields++)
		if (fields->text == NULL)
			log_text_add_number(&t, fields->name, fields->number);
		else if (*fields->text != '\0')
			log_text_add(&t, fields->name, fields->text);
	log_text_end(&t);
	if (plan.where == LOG_WHERE_SYSLOG)
		syslog(level, "%s", t.bytes);
	else if (plan.where == LOG_WHERE_JOURNAL)
		dprintf(STDERR_FILENO, "<%d>%s\n", level, t.bytes);
	else
		dprintf(STDERR_FILENO, "%s\n", t.bytes);
}

void
log_line(int level, const char *format, ...)
{
	char sentence[LOG_TEXT_MAX];
	va_list args;

	if (!log_wants(level))
		return;
	va_start(args, format);
	vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	write_line(level, NULL, 0, sentence);
}

void
log_reload(void)
{
	char why[LOG_WHY_MAX];

	if (plan.level != NULL && !log_set_level(plan.level, why, sizeof why))
		log_line(LOG_ERR, "log level not reloaded: %s", why);
}

void
log_about(int level, const struct log_field *fields, const char *format, ...)
{
	char sentence[LOG_TEXT_MAX];
	va_list args;

	if (!log_wants(level))
		return;
	va_start(args, format);
	vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	write_line(level, fields, 0, sentence);
}

void
log_repeated(int level, const struct log_field *fields, const char *format, ...)
{
	char sentence[LOG_TEXT_MAX];
	unsigned times;
	va_list args;

	if (!log_wants(level))
		return;
	va_start(args, format);
	vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	if (log_repeats_is_due(sentence, &times))
		write_line(level, fields, times, sentence);
}

void
log_complaint(const char *program, const char *sentence)
{
	if (plan.where == LOG_WHERE_STDERR && plan.format == LOG_FORMAT_LOGFMT)
		dprintf(STDERR_FILENO, "%s: %s\n", program, sentence);
	else
		write_line(LOG_ERR, NULL, 0, sentence);
}
