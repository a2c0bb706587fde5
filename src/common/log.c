/* log.c - one escaped line per event, to stderr or syslog. */
#include "common/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static bool use_syslog;

void
log_to_syslog(const char *program)
{
	openlog(program, LOG_PID | LOG_NDELAY, LOG_DAEMON);
	use_syslog = true;
}

static void
escape_line(char *line)
{
	for (char *p = line; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
}

void
log_line(int level, const char *format, ...)
{
	char line[LOG_LINE_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	escape_line(line);
	if (use_syslog)
		syslog(level, "%s", line);
	else
		dprintf(STDERR_FILENO, "<%d>%s\n", level, line);
}
