/* setup.c - everything that Postern needs, made where it is missing. */
#include "cli/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/compiler.h"
#include "common/option_table.h"

#include "cli/child.h"
#include "cli/findings.h"
#include "cli/keys.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/setup_host.h"
#include "cli/setup_logins.h"
#include "cli/superuser.h"

#define PATH_MAX_BYTES 1024
#define SAID_MAX_BYTES 2048
#define ANSWER_MAX_BYTES 256
#define INSTALLED "Postern is installed" /* as install.sql says it */

const struct command_option setup_options[] = {
	{ .name = "account",
	    .value = "NAME",
	    .help = "make this account and a token, unless it is there" },
	{ .name = "type", .value = "TYPE", .help = "make this event type" },
	{ .name = "admin",
	    .value = "ROLE",
	    .help = "let this role administer; made if it is missing" },
	{ .name = "settings",
	    .value = "DIRECTORY",
	    .fallback = "/etc/postern",
	    .help = "where keys and settings are" },
	{ .name = "sql",
	    .value = "DIRECTORY",
	    .fallback = PKGDATADIR "/sql",
	    .help = "where roles.sql and install.sql are" },
	{ .name = "logins",
	    .help = "let the programs in, in pg_hba.conf and pg_ident.conf" },
	{ .name = "database-only", .help = "nothing of this host" },
	{ .name = "yes", .help = "ask nothing" },
	{ .name = NULL },
};

/* One call of setup. */
struct setup {
	const struct invocation *call;
	struct invocation maintenance; /* the same, in database postgres */
	const char *database;          /* its name, or a connection string */
	const char *account, *type, *admin;
	struct session *session;
	struct findings findings;
};

static void
note(struct setup *s, const char *what, const char *found)
{
	findings_add(&s->findings, what, FINDING_GOOD, NULL, "%s", found);
}

/* A line that is typed, or NULL: an empty one. */
static const char *
ask(const char *question, char line[ANSWER_MAX_BYTES])
{
	fprintf(stderr, "%s (empty: none): ", question);
	if (fgets(line, ANSWER_MAX_BYTES, stdin) == NULL)
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	return *line == '\0' ? NULL : line;
}

static void
ask_for_rest(struct setup *s)
{
	static char admin[ANSWER_MAX_BYTES], type[ANSWER_MAX_BYTES],
	    account[ANSWER_MAX_BYTES];

	if (invocation_value(s->call, "yes") != NULL ||
	    !output_is_table(s->call) || !isatty(STDIN_FILENO))
		return;
	if (s->admin == NULL)
		s->admin = ask("A role of yours that is to administer", admin);
	if (s->type == NULL)
		s->type = ask("An event type, such as payment.settled", type);
	if (s->account == NULL)
		s->account = ask("An account for the first client", account);
}

static const char *
database_of(const struct invocation *call)
{
	const char *given = call->globals[GLOBAL_DBNAME];

	if (given == NULL)
		given = getenv("PGDATABASE");
	return given == NULL ? "postern" : given;
}

static int
make_database(struct setup *s)
{
	static const char sql[] =
	    "SELECT format('CREATE DATABASE %I ENCODING ''UTF8'' "
	    "TEMPLATE template0', $1::text) WHERE NOT EXISTS "
	    "(SELECT FROM pg_database AS d WHERE d.datname = $1)";
	struct session *session = NULL;
	int status;

	if (strpbrk(s->database, "=/") != NULL)
		return EXIT_SUCCESS;
	status = session_open(&s->maintenance, &session);
	if (status == EXIT_SUCCESS)
		status = session_run(session, sql, &s->database, 1);
	session_close(session);
	if (status == EXIT_SUCCESS)
		note(s, "database", s->database);
	return status;
}

static int
install(struct setup *s)
{
	static const char *const names[] = { "PGHOST", "PGPORT", "PGUSER" };
	const char *sql = invocation_value(s->call, "sql");
	char roles[PATH_MAX_BYTES], schema[PATH_MAX_BYTES];
	char variables[COUNT(names)][PATH_MAX_BYTES], said[SAID_MAX_BYTES];
	const char *env[COUNT(names) + 1] = { NULL };
	const char *const argv[] = { "psql", "-X", "-q", "-v",
		"ON_ERROR_STOP=1", "-d", s->database, "-f", roles, "-f", schema,
		NULL };
	struct child child = { .argv = argv, .env = env };
	const char *installed;
	size_t n = 0;

	snprintf(roles, sizeof roles, "%s/roles.sql", sql);
	snprintf(schema, sizeof schema, "%s/install.sql", sql);
	for (size_t i = 0; i < COUNT(names); i++)
		if (s->call->globals[i] != NULL) {
			snprintf(variables[i], sizeof variables[i], "%s=%s",
			    names[i], s->call->globals[i]);
			env[n++] = variables[i];
		}
	if (child_run(&child, said, sizeof said) != 0) {
		output_complain("psql -f %s -f %s:", roles, schema);
		output_advise("%s", said);
		return EXIT_FAILURE;
	}
	installed = strstr(said, INSTALLED);
	findings_add(&s->findings, "schema", FINDING_GOOD, NULL, "%.*s",
	    installed == NULL ? 0 : (int)strcspn(installed, "\n"),
	    installed == NULL ? "" : installed);
	return EXIT_SUCCESS;
}

static int
open_database(struct setup *s)
{
	return session_open(s->call, &s->session);
}

static int
limit_tables(struct setup *s)
{
	int status = session_run(s->session,
	    "SELECT format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', "
	    "current_database())",
	    NULL, 0);

	if (status == EXIT_SUCCESS)
		note(s, "temporary tables", "nobody else can make any");
	return status;
}

static int
grant(struct setup *s)
{
	int status;

	if (s->admin == NULL)
		return EXIT_SUCCESS;
	status = session_run(s->session,
	    "SELECT format('CREATE ROLE %I LOGIN', $1::text) "
	    "WHERE to_regrole(quote_ident($1)) IS NULL",
	    &s->admin, 1);
	if (status == EXIT_SUCCESS)
		status = session_run(s->session,
		    "SELECT format('GRANT postern_admin TO %I', $1::text) "
		    "WHERE NOT pg_has_role($1, 'postern_admin', 'MEMBER')",
		    &s->admin, 1);
	if (status == EXIT_SUCCESS)
		findings_add(&s->findings, "administrator", FINDING_GOOD, NULL,
		    "%s", s->admin);
	return status;
}

/* One that is in use stays, be it another: to replace it is another matter. */
static int
add_key(struct setup *s, const char *file, const char *kind, const char *sql)
{
	char path[PATH_MAX_BYTES], line[KEYS_LINE_MAX] = "";
	const char *values[] = { line };
	struct answer id = { .result = NULL };
	int status;

	snprintf(path, sizeof path, "%s/%s",
	    invocation_value(s->call, "settings"), file);
	if (access(path, F_OK) != 0)
		return EXIT_SUCCESS;
	status = keys_read(path, line);
	if (status == EXIT_SUCCESS)
		status =
		    session_ask(s->session, sql, values, COUNT(values), &id);
	if (status == EXIT_SUCCESS && answer_text(&id, 0, 0) != NULL)
		note(s, kind, answer_text(&id, 0, 0));
	else if (status == EXIT_SUCCESS)
		findings_add(&s->findings, kind, FINDING_LOOK,
		    "bring both halves from the host that has them; to replace "
		    "them is \"postern keys rotate\"",
		    "the database has another in use than %s", path);
	answer_clear(&id);
	return status;
}

static int
add_keys(struct setup *s)
{
	int status = add_key(s, "seal.pub", "sealing key",
	    "SELECT CASE WHEN bool_or(k.id = split_part($1, ' ', 2)) "
	    "THEN 'it is in use' WHEN count(*) = 0 "
	    "THEN postern.add_sealing_key($1) END "
	    "FROM postern.sealing_keys AS k WHERE k.state = 'in use'");

	if (status != EXIT_SUCCESS)
		return status;
	return add_key(s, "sign.pub", "signing key",
	    "SELECT CASE WHEN bool_or(k.id = split_part($1, ' ', 2)) "
	    "THEN 'it is in use' WHEN count(*) = 0 "
	    "THEN postern.add_signing_key($1) END "
	    "FROM postern.signing_keys AS k WHERE k.state <> 'retired'");
}

static int
add_type(struct setup *s)
{
	struct answer done = { .result = NULL };
	int status;

	if (s->type == NULL)
		return EXIT_SUCCESS;
	status = session_ask(s->session,
	    "SELECT r FROM postern.add_event_type($1) AS r", &s->type, 1,
	    &done);
	if (status == EXIT_SUCCESS)
		note(s, "event type", s->type);
	answer_clear(&done);
	return status;
}

static int
add_account(struct setup *s)
{
	struct answer token = { .result = NULL };
	int status;

	if (s->account == NULL)
		return EXIT_SUCCESS;
	status = session_ask(s->session,
	    "SELECT CASE WHEN EXISTS (SELECT FROM postern.accounts AS a "
	    "WHERE a.name = $1) THEN 'was there' ELSE 'its token, shown only "
	    "once: ' || postern.issue_token(postern.create_account($1)) END",
	    &s->account, 1, &token);
	if (status == EXIT_SUCCESS)
		findings_add(&s->findings, "account", FINDING_GOOD, NULL,
		    "%s: %s", s->account, answer_text(&token, 0, 0));
	answer_clear(&token);
	return status;
}

#define LOGIN_ADVICE                                                     \
	"pg_hba.conf, above its other lines: local postern "             \
	"postern_responder,postern_delivery peer map=postern; "          \
	"pg_ident.conf: postern postern postern_responder, and postern " \
	"postern-delivery postern_delivery; then reload PostgreSQL"

/* Empty: the caller may not see where PostgreSQL's own files are. */
static const char logins_query[] =
    "SELECT current_setting('hba_file'), current_setting('ident_file'), "
    "current_database(), EXISTS (SELECT FROM pg_hba_file_rules AS r "
    "WHERE 'postern_responder' = ANY (r.user_name)) "
    "WHERE has_table_privilege('pg_hba_file_rules', 'SELECT')";

static int
write_logins(struct setup *s, const struct answer *files)
{
	struct answer done = { .result = NULL };
	char why[OPTION_WHY_MAX];
	int status = EXIT_SUCCESS;

	if (!setup_logins_write(answer_text(files, 0, 0),
		answer_text(files, 0, 1), answer_text(files, 0, 2), why,
		sizeof why)) {
		findings_add(&s->findings, "logins", FINDING_BAD, LOGIN_ADVICE,
		    "%s", why);
		return status;
	}
	status =
	    session_ask(s->session, "SELECT pg_reload_conf()", NULL, 0, &done);
	answer_clear(&done);
	note(s, "logins", "the programs are let in as their roles");
	return status;
}

static int
let_in(struct setup *s)
{
	struct answer files = { .result = NULL };
	int status = session_ask(s->session, logins_query, NULL, 0, &files);
	const char *there =
	    status == EXIT_SUCCESS ? answer_text(&files, 0, 3) : NULL;

	if (there != NULL && strcmp(there, "t") == 0)
		note(s, "logins", "pg_hba.conf has postern_responder");
	else if (there != NULL && invocation_value(s->call, "logins") != NULL)
		status = write_logins(s, &files);
	else if (status == EXIT_SUCCESS)
		findings_add(&s->findings, "logins", FINDING_LOOK,
		    "with --logins it is done for you; by hand: " LOGIN_ADVICE,
		    "the programs must be let in as their roles");
	answer_clear(&files);
	return status;
}

/* In this order; the first that fails is the last. */
static int (*const steps[])(struct setup *) = { make_database, install,
	open_database, limit_tables, grant, add_keys, add_type, add_account,
	let_in };

/* How the programs find the database. */
static void
write_connection(const struct setup *s, char text[PATH_MAX_BYTES])
{
	static const char *const names[] = { "host", "port" };
	static const char *const variables[] = { "PGHOST", "PGPORT" };
	bool whole = strpbrk(s->database, "=/") != NULL;
	size_t n = 0;

	snprintf(text, PATH_MAX_BYTES, "%s%s",
	    whole ? "" : "dbname=", s->database);
	for (size_t i = 0; i < COUNT(names) && !whole; i++) {
		const char *value = s->call->globals[i];

		if (value == NULL)
			value = getenv(variables[i]);
		n = strlen(text);
		if (value != NULL)
			snprintf(text + n, PATH_MAX_BYTES - n, " %s=%s",
			    names[i], value);
	}
}

static int
make_host(struct setup *s)
{
	char connection[PATH_MAX_BYTES];

	if (geteuid() == 0 &&
	    invocation_value(s->call, "database-only") == NULL) {
		write_connection(s, connection);
		setup_host(&s->findings, invocation_value(s->call, "settings"),
		    connection);
	}
	return superuser_become(s->call) ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void
report(const struct setup *s, int status)
{
	struct grid grid = findings_grid(&s->findings);

	if (!output_is_table(s->call)) {
		output_grid(s->call, &grid);
		return;
	}
	findings_write(stdout, &s->findings, true);
	if (status == EXIT_SUCCESS)
		output_note(s->call,
		    "Next: the web server, systemctl enable --now "
		    "postern-responder.socket\n"
		    "postern-responder postern-delivery, and \"postern "
		    "doctor\", as\n" DOCDIR "/doc/install.md says "
		    "under \"Start\".");
}

int
setup_run(const struct invocation *call)
{
	static struct setup s;
	int status;

	s.call = call;
	s.maintenance = *call;
	s.maintenance.globals[GLOBAL_DBNAME] = "postgres";
	s.database = database_of(call);
	s.account = invocation_value(call, "account");
	s.type = invocation_value(call, "type");
	s.admin = invocation_value(call, "admin");
	ask_for_rest(&s);
	status = make_host(&s);
	for (size_t i = 0; i < COUNT(steps) && status == EXIT_SUCCESS; i++)
		status = steps[i](&s);
	session_close(s.session);
	report(&s, status);
	if (status == EXIT_SUCCESS &&
	    findings_count(&s.findings, FINDING_BAD) > 0)
		status = EXIT_FAILURE;
	return status;
}
