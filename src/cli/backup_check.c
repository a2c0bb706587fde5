/* backup_check.c - could all be restored from what is kept? */
#include "cli/backup_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/compiler.h"
#include "common/ed25519_key.h"
#include "common/keyfile.h"
#include "common/option_table.h"
#include "common/seal.h"

#include "cli/child.h"
#include "cli/findings.h"
#include "cli/output.h"
#include "cli/session.h"

#define ID_CHARACTERS (2 * KEYFILE_ID_BYTES)
#define SAID_MAX_BYTES (256 * 1024)

const struct command_option backup_check_options[] = {
	{ .name = "dump",
	    .value = "FILE",
	    .help = "look into this dump of pg_dump, too" },
	{ .name = NULL },
};

/* The keys that something needs, and how many secrets need each. */
static const char keys_query[] =
    "SELECT k.id, 'sealing key ' || k.id, k.secrets, "
    "'without it ' || k.secrets || ' secrets cannot be opened: their "
    "receivers would have to register again' "
    "FROM postern.sealing_keys AS k WHERE k.state = 'in use' OR k.secrets > 0 "
    "UNION ALL SELECT k.id, 'signing key ' || k.id, NULL, "
    "'without it receivers would have to learn of another' "
    "FROM postern.signing_keys AS k WHERE k.state <> 'retired'";

/* Members of pg_monitor see more of the standbys, but all see how many. */
static const char server_query[] =
    "SELECT c.what, CASE WHEN c.well THEN 'good' ELSE c.otherwise END, "
    "c.found, c.advice FROM (SELECT "
    "(SELECT count(*) FROM pg_stat_replication) AS standbys, "
    "current_setting('archive_mode') AS mode, a.* FROM pg_stat_archiver AS a) "
    "AS s CROSS JOIN LATERAL (VALUES "
    "('archive', 'bad', s.mode = 'off' OR s.last_failed_time IS NULL "
    "OR s.last_archived_time > s.last_failed_time, "
    "CASE WHEN s.mode = 'off' THEN 'no WAL is archived' "
    "WHEN s.last_archived_time IS NULL AND s.last_failed_time IS NULL "
    "THEN 'nothing has been archived yet' "
    "WHEN s.last_archived_time > s.last_failed_time "
    "OR s.last_failed_time IS NULL THEN 'WAL was archived last ' || "
    "date_trunc('seconds', now() - s.last_archived_time) || ' ago' "
    "ELSE 'archive_command fails, with ' || s.last_failed_wal END, "
    "'see the server''s log'), "
    "('second copy', 'look', s.standbys > 0 OR s.mode <> 'off', "
    "s.standbys || ' standbys, archive_mode is ' || s.mode, "
    "'what was committed since the last dump is lost with the disk: archive "
    "the WAL, or have a standby'), "
    "('checksums', 'look', current_setting('data_checksums') = 'on', "
    "'data_checksums is ' || current_setting('data_checksums'), "
    "'a backup may hold damaged pages unseen: pg_checksums --enable')) "
    "AS c (what, otherwise, well, found, advice)";

/* What a dump must have to be of use. */
static const char *const contents[] = { "SCHEMA - postern ",
	"TABLE DATA postern account ", "TABLE DATA postern webhook ",
	"TABLE DATA postern secret ", "TABLE DATA postern sealing_key ",
	"TABLE DATA postern backlog ", "SEQUENCE SET postern feed " };

/* Its id, in hexadecimal; false: why it cannot be used. */
static bool
read_id(const char *path, char id[ID_CHARACTERS + 1], char *why,
    size_t why_size)
{
	struct opener *opener = opener_open(path, why, why_size);
	struct ed25519_key *key = NULL;
	const unsigned char *bytes = NULL;

	if (opener != NULL)
		bytes = opener_key_id(opener);
	else if ((key = ed25519_key_open(path, why, why_size)) != NULL)
		bytes = ed25519_key_id(key);
	for (size_t i = 0; bytes != NULL && i < KEYFILE_ID_BYTES; i++)
		snprintf(id + 2 * i, 3, "%02x", bytes[i]);
	opener_close(opener);
	ed25519_key_close(key);
	return bytes != NULL;
}

/* The file that has this key; NULL: none. */
static const char *
find_file(const struct invocation *call, const char *id)
{
	char its[ID_CHARACTERS + 1], why[OPTION_WHY_MAX];

	for (size_t i = 0; i < call->operand_count; i++)
		if (read_id(call->operands[i], its, why, sizeof why) &&
		    strcmp(its, id) == 0)
			return call->operands[i];
	return NULL;
}

static void
check_files(const struct invocation *call, struct findings *findings)
{
	char id[ID_CHARACTERS + 1], why[OPTION_WHY_MAX];

	for (size_t i = 0; i < call->operand_count; i++)
		if (!read_id(call->operands[i], id, why, sizeof why))
			findings_add(findings, "file", FINDING_BAD,
			    "give the private halves", "%s: %s",
			    call->operands[i], why);
}

static int
check_keys(const struct invocation *call, struct session *session,
    struct findings *findings)
{
	struct answer keys = { .result = NULL };
	int status = session_ask(session, keys_query, NULL, 0, &keys);

	for (size_t r = 0; status == EXIT_SUCCESS && r < keys.grid.height;
	     r++) {
		const char *file = find_file(call, answer_text(&keys, r, 0));

		findings_add(findings, answer_text(&keys, r, 1),
		    file != NULL ? FINDING_GOOD : FINDING_BAD,
		    answer_text(&keys, r, 3), "%s%s",
		    file != NULL ? "its private half is " : "no file has it",
		    file != NULL ? file : "");
	}
	answer_clear(&keys);
	return status;
}

static int
check_server(struct session *session, struct findings *findings)
{
	struct answer rows = { .result = NULL };
	int status = session_ask(session, server_query, NULL, 0, &rows);

	for (size_t r = 0; status == EXIT_SUCCESS && r < rows.grid.height; r++)
		findings_add(findings, answer_text(&rows, r, 0),
		    findings_state(answer_text(&rows, r, 1)),
		    answer_text(&rows, r, 3), "%s", answer_text(&rows, r, 2));
	answer_clear(&rows);
	return status;
}

static void
check_dump(const char *path, struct findings *findings)
{
	const char *const argv[] = { "pg_restore", "--list", path, NULL };
	struct child child = { .argv = argv };
	char *said = malloc(SAID_MAX_BYTES);
	size_t missing = 0;

	if (said == NULL || child_run(&child, said, SAID_MAX_BYTES) != 0) {
		findings_add(findings, "dump", FINDING_BAD,
		    "make it with pg_dump -Fc", "%s: %.200s", path,
		    said == NULL ? "out of memory" : said);
		free(said);
		return;
	}
	for (size_t i = 0; i < COUNT(contents); i++)
		if (strstr(said, contents[i]) == NULL) {
			missing++;
			findings_add(findings, "dump", FINDING_BAD,
			    "dump the whole database: pg_dump -Fc",
			    "%s has no %s", path, contents[i]);
		}
	if (missing == 0)
		findings_add(findings, "dump", FINDING_GOOD, NULL,
		    "%s has accounts, webhooks, secrets and the queue", path);
	free(said);
}

int
backup_check_run(const struct invocation *call)
{
	static struct findings findings;
	const char *dump = invocation_value(call, "dump");
	struct session *session = NULL;
	struct grid grid;
	int status = session_open(call, &session);

	if (status == EXIT_SUCCESS)
		status = check_keys(call, session, &findings);
	if (status == EXIT_SUCCESS)
		status = check_server(session, &findings);
	session_close(session);
	if (status != EXIT_SUCCESS)
		return status;
	check_files(call, &findings);
	if (dump != NULL)
		check_dump(dump, &findings);
	grid = findings_grid(&findings);
	if (output_is_table(call))
		findings_write(stdout, &findings, true);
	else
		output_grid(call, &grid);
	output_note(call,
	    "Roles are not in the database: keep pg_dumpall --roles-only, and "
	    "restore it first.\nKeep the keys elsewhere than the database: "
	    "together they open every secret.");
	return findings_count(&findings, FINDING_BAD) > 0 ? EXIT_FAILURE
							  : EXIT_SUCCESS;
}
