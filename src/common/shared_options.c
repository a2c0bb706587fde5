/* shared_options.c - the options that several programs have. */
#include "config.h"

#include "common/shared_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/pg_dial.h"
#include "common/egress_policy.h"
#include "common/variables.h"

bool
shared_option_database(void *to, const char *value, char *why, size_t size)
{
	struct shared_options *o = to;

	o->database = value;
	return pg_conninfo(value, why, size);
}

bool
shared_option_allow(void *to, const char *value, char *why, size_t size)
{
	struct shared_options *o = to;

	snprintf(why, size,
	    "not of the form 10.1.0.0/16:8443 or "
	    "[fd00::/8]:1024-65535, or more than %d of them",
	    EGRESS_ALLOW_MAX);
	return egress_policy_allow(&o->policy, value);
}

bool
shared_option_deny(void *to, const char *value, char *why, size_t size)
{
	struct shared_options *o = to;

	snprintf(why, size,
	    "not of the form 203.0.113.0/24 or 2001:db8::/32, or more than %d "
	    "of them",
	    EGRESS_DENY_MAX);
	return egress_policy_deny(&o->policy, value);
}

static bool
choose_word(const char *value, const char *yes, const char *no, bool *out,
    char *why, size_t size)
{
	snprintf(why, size, "must be %s or %s", yes, no);
	*out = strcmp(value, yes) == 0;
	return *out || strcmp(value, no) == 0;
}

bool
shared_option_http_targets(void *to, const char *value, char *why, size_t size)
{
	struct shared_options *o = to;

	return choose_word(value, "yes", "no", &o->policy.plain_http, why,
	    size);
}

bool
shared_option_nat64(void *to, const char *value, char *why, size_t size)
{
	struct shared_options *o = to;

	snprintf(why, size,
	    "not a prefix of 96 bits, such as "
	    "64:ff9b:1::/96");
	return egress_policy_set_nat64(&o->policy, value);
}

bool
shared_option_log(void *to, const char *value, char *why, size_t size)
{
	static const char *const words[] = {
		[LOG_WHERE_STDERR] = "stderr",
		[LOG_WHERE_JOURNAL] = "journal",
		[LOG_WHERE_SYSLOG] = "syslog",
	};
	struct shared_options *o = to;

	snprintf(why, size, "must be stderr, journal or syslog");
	for (size_t i = 0; i < COUNT(words); i++)
		if (strcmp(value, words[i]) == 0) {
			o->log.where = (enum log_where)i;
			return true;
		}
	return false;
}

bool
shared_option_log_format(void *to, const char *value, char *why, size_t size)
{
	struct shared_options *o = to;
	bool json;

	if (!choose_word(value, "json", "logfmt", &json, why, size))
		return false;
	o->log.format = json ? LOG_FORMAT_JSON : LOG_FORMAT_LOGFMT;
	return true;
}

bool
shared_option_log_level(void *to, const char *value, char *why, size_t size)
{
	struct shared_options *o = to;

	o->log.level = value;
	return log_set_level(value, why, size);
}

static bool
set_action(void *to, enum action action, const char *value, char *why,
    size_t size)
{
	struct shared_options *o = to;

	snprintf(why, size, "takes no value");
	o->action = action;
	return strcmp(value, "yes") == 0;
}

bool
shared_option_check(void *to, const char *value, char *why, size_t size)
{
	return set_action(to, ACTION_CHECK, value, why, size);
}

bool
shared_option_help(void *to, const char *value, char *why, size_t size)
{
	return set_action(to, ACTION_HELP, value, why, size);
}

bool
shared_option_version(void *to, const char *value, char *why, size_t size)
{
	return set_action(to, ACTION_VERSION, value, why, size);
}

static bool
has_variables(const struct option_row *row)
{
	while (row->name != NULL && row->action)
		row++;
	return row->name != NULL;
}

/* As is asked for, though what is asked for is wrong somewhere. */
static void
open_log_for_complaint(const struct program *program, int argc, char **argv)
{
	struct shared_options o = { .action = ACTION_RUN };
	const char *where = option_table_peek(program->rows, "log", argc, argv);
	const char *format =
	    option_table_peek(program->rows, "log-format", argc, argv);
	char why[OPTION_WHY_MAX];

	if (where == NULL || format == NULL ||
	    option_table_peek(program->rows, "check", argc, argv) != NULL)
		return;
	if (shared_option_log(&o, where, why, sizeof why) &&
	    shared_option_log_format(&o, format, why, sizeof why))
		log_open(program->name, &o.log);
}

bool
shared_options_begin(const struct program *program, void *settings, int argc,
    char **argv, int *status)
{
	const struct shared_options *o = settings;
	char why[OPTION_WHY_MAX];

	*status = EXIT_USAGE;
	if (!option_table_read(program->rows, settings, argc, argv, why,
		sizeof why)) {
		open_log_for_complaint(program, argc, argv);
		option_print_error(program->name, NULL, why);
		return false;
	}
	*status = EXIT_SUCCESS;
	/* what --check finds is for whoever runs it */
	if (o->action == ACTION_RUN)
		log_open(program->name, &o->log);
	if (o->action == ACTION_HELP)
		option_table_help(program->rows, program->name,
		    program->summary);
	else if (o->action == ACTION_VERSION)
		printf("%s %s\n", program->name, PACKAGE_VERSION);
	if (o->action == ACTION_HELP || o->action == ACTION_VERSION)
		return false;
	if (!has_variables(program->rows) ||
	    variables_known(environ, why, sizeof why))
		return true;
	option_print_error(program->name, NULL, why);
	*status = EXIT_USAGE;
	return false;
}
