/*
 * log.h - one line per event: logfmt or JSON, to stderr, journal or syslog.
 *
 * A line says facts, never values: no body, key, token, full URL or SQL
 * parameter. What it is about it names by fields, the same everywhere: request,
 * account, webhook, message, delivery. Before log_open, lines go to stderr as
 * logfmt, from LOG_INFO on.
 */
#ifndef POSTERN_LOG_H
#define POSTERN_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <syslog.h>

#include "common/compiler.h"

#define LOG_LINE_MAX 2048 /* longer lines are cut */
#define LOG_TEXT_MAX 1024 /* of which so much is the sentence */

enum log_where {
	LOG_WHERE_STDERR,
	LOG_WHERE_JOURNAL, /* stderr, with the level as <N> before each line */
	LOG_WHERE_SYSLOG
};

enum log_format { LOG_FORMAT_LOGFMT, LOG_FORMAT_JSON };

struct log_plan {
	enum log_where where;
	enum log_format format;
	const char *level; /* as log_set_level has it, borrowed; NULL: info */
};

/* A number, or a text if there is one; "" is left out. */
struct log_field {
	const char *name; /* NULL ends the list */
	const char *text;
	long long number;
};

/*
 * Choose, before any thread starts. Of stderr and the journal, stderr's own
 * nature decides (JOURNAL_STREAM, see systemd.exec(5)) unless it was chosen.
 */
void log_open(const char *program, const struct log_plan *wanted);

/*
 * The least that is logged: error, warning, notice, info or debug, or the path
 * of a file that begins with such a word. False: why says what is wrong.
 */
MUST_CHECK bool log_set_level(const char *level, char *why, size_t why_size);

/* Read such a file again. What is wrong with it is logged; the level stays. */
void log_reload(void);

/* Is this level logged? */
bool log_wants(int level);

/* level is LOG_ERR, _WARNING, _NOTICE, _INFO or _DEBUG. No newline in it. */
void log_line(int level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same with fields: a list, or NULL. */
void log_about(int level, const struct log_field *fields, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

/*
 * The same for what may fail many times a second: a sentence that was logged in
 * the last minute is counted, and the next after that says how often.
 */
void log_repeated(int level, const struct log_field *fields, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

/*
 * Why the program ends at its start: "PROGRAM: sentence" for whoever started it
 * by hand, a line like the others for journal, syslog and JSON.
 */
void log_complaint(const char *program, const char *sentence);

#endif
