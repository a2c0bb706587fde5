/*
 * log.h - one escaped line per event, to stderr or syslog.
 *
 * A line says facts, never values: no body, key, token, full URL or SQL
 * parameter. On stderr it begins with <N>, the syslog severity, as systemd's
 * journal and sd-daemon(3) read it.
 */
#ifndef POSTERN_LOG_H
#define POSTERN_LOG_H

#include <stdbool.h>
#include <syslog.h>

#define LOG_LINE_MAX 1024 /* longer lines are cut */

/* Choose once, before any thread starts: stderr is the default. */
void log_to_syslog(const char *program);

/* level is LOG_ERR, LOG_WARNING, LOG_NOTICE or LOG_INFO. No newline in it. */
void log_line(int level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
