/*
 * site.h - the site under test: its environment, its parts, its servers.
 *
 * The site was brought up by tests/site, whose settings are in the
 * environment: SITE, SITE_SERVER, SITE_TOOL, POSTERN_URL and so on.
 */
#ifndef CONTRACT_SITE_H
#define CONTRACT_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <criterion/criterion.h>

#include "http.h"

#define PATH_ROOM 4096

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#else
#define SANITIZED false
#endif

/* A busy machine takes this many times as long as a calm one. */
#define BUSY_FACTOR 5

/* Wait until a condition holds; fails the test when it takes too long. */
#define WAIT_FOR(seconds, condition)                                        \
	do {                                                                \
		double wait_end_ = now_seconds() + BUSY_FACTOR * (seconds); \
		while (!(condition) && now_seconds() < wait_end_)           \
			wait_a_little();                                    \
		cr_assert(condition, "within %g s: %s", (double)(seconds),  \
		    #condition);                                            \
	} while (0)

/* Ten milliseconds, between two looks at a condition. */
void wait_a_little(void);

/* A setting that must be there. */
const char *site_env(const char *name);

bool server_is(const char *name); /* "nginx", "apache" or "cgi" */
bool long_run(void);              /* POSTERN_LONG is set */

/* Is there a responder that outlives a request? */
bool has_responder(void);

/* A path below the site's directory. */
void site_path(char path[PATH_ROOM], const char *name);

/* Run a command, its output appended to a file; its exit status. */
int run(const char *const argv[], const char *output);

/* Run "tests/site SITE part verb [argument]"; it must end well. */
void site(const char *part, const char *verb, const char *argument);

/*
 * Copy a file of tests/, or of an absolute path, to where the responder's
 * user can reach it, and give its path there.
 */
void site_borrow(const char *name, char path[PATH_ROOM]);

/* The responder that answers now; 0 when there is none. */
pid_t responder_pid(void);

/* Restart the responder under a command; the next start is plain again. */
void restart_under(const char *wrapper);

/* A CGI responder at work for this site's server; 0 when there is none. */
pid_t cgi_pid(void);

/* Does it run? One that only waits to be reaped does not. */
bool process_alive(pid_t pid);

/* A number of /proc/PID/status, such as "VmRSS" in kB; -1: none. */
long process_number(pid_t pid, const char *field);

/* Does a file below SITE/log have a line that matches, as grep -E has it? */
bool log_has(const char *log, const char *pattern);

/* Print one line about this server into the test's log. */
void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
