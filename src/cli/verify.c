/* verify.c - postern verify: is a request genuine, and if not, why? */
#include "cli/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "common/option_table.h"

#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/printable.h"
#include "cli/signature_check.h"
#include "cli/slurp.h"
#include "cli/verify_compare.h"

#define REQUEST_MAX (8U << 20)
#define KEYS_MAX_BYTES 4096
#define AGE_MAX 1000000000
#define WHY_MAX 512

/* All that a call reads; to be cleared. */
struct work {
	char *request, *body, *secrets, *public_keys;
	size_t request_length, secrets_length;
	char typed[128];
	struct http_message message;
	struct signature_question question;
};

static char *
read_file(const char *path, size_t most, size_t *length)
{
	char why[WHY_MAX];
	char *text = slurp_file(path, most, false, length, why, sizeof why);

	if (text == NULL)
		output_complain("%s", why);
	return text;
}

/* The words of a text, each a key. */
static bool
split_keys(char *text, struct text *keys, size_t *count)
{
	static const char blanks[] = " \t\r\n";

	for (text += strspn(text, blanks); *text != '\0';
	     text += strspn(text, blanks)) {
		size_t n = strcspn(text, blanks);

		if (*count == SIGNATURE_CHECK_KEYS_MAX)
			return false;
		keys[(*count)++] = (struct text){ text, n };
		text += n;
	}
	return true;
}

static bool
take_keys(char *text, const char *path, struct text *keys, size_t *count)
{
	if (split_keys(text, keys, count) && *count > 0)
		return true;
	output_complain("%s: must hold a key, or up to %d of them", path,
	    SIGNATURE_CHECK_KEYS_MAX);
	return false;
}

static bool
ask_for_secret(struct work *w)
{
	struct signature_question *q = &w->question;

	if (slurp_hidden_line("The webhook's apiSecretKey: ", w->typed,
		sizeof w->typed))
		return take_keys(w->typed, "what was typed", q->secrets,
		    &q->secret_count);
	output_complain("there is no secret to verify with: "
			"--secret-file FILE names a file that has it");
	return false;
}

static bool
read_keys(const struct invocation *call, struct work *w)
{
	const char *file = invocation_value(call, "secret-file");
	const char *secret = invocation_value(call, "secret");
	const char *public_key = invocation_value(call, "public-key");
	struct signature_question *q = &w->question;

	if (file != NULL) {
		w->secrets =
		    read_file(file, KEYS_MAX_BYTES, &w->secrets_length);
		if (w->secrets == NULL ||
		    !take_keys(w->secrets, file, q->secrets, &q->secret_count))
			return false;
	}
	if (secret != NULL && q->secret_count < SIGNATURE_CHECK_KEYS_MAX) {
		q->secrets[q->secret_count++] =
		    (struct text){ secret, strlen(secret) };
		output_note(call,
		    "Others on this machine can see a secret that stands in a "
		    "command: --secret-file keeps it from them.");
	}
	if (public_key != NULL) {
		w->public_keys = strdup(public_key);
		if (w->public_keys == NULL ||
		    !take_keys(w->public_keys, "--public-key", q->public_keys,
			&q->public_count))
			return false;
	}
	return q->secret_count + q->public_count > 0 || ask_for_secret(w);
}

static bool
read_request(const struct invocation *call, struct work *w)
{
	const char *path = call->operand_count > 0 ? call->operands[0] : "-";
	const char *body = invocation_value(call, "body");
	const char *wrong;

	if (strcmp(path, "-") == 0 && isatty(STDIN_FILENO))
		output_note(call,
		    "Give it the request, headers, empty line and body; "
		    "Ctrl-D ends it.");
	w->request = read_file(path, REQUEST_MAX, &w->request_length);
	if (w->request == NULL)
		return false;
	wrong = http_message_read(w->request, w->request_length, &w->message);
	if (w->request_length == 0)
		wrong = "there is none";
	if (wrong != NULL)
		output_complain("the request cannot be read: %s", wrong);
	if (wrong != NULL || body == NULL)
		return wrong == NULL;
	w->body = read_file(body, REQUEST_MAX, &w->message.body.length);
	w->message.body.start = w->body;
	return w->body != NULL;
}

static bool
read_age(const struct invocation *call, unsigned *age)
{
	const char *text = invocation_value(call, "age");

	if (text_number((struct text){ text, strlen(text) }, AGE_MAX, age))
		return true;
	output_complain("--age: must be a number of seconds");
	return false;
}

static void
print_json(const struct signature_report *report)
{
	printf("{\"verified\":%s,\"with\":",
	    report->verified ? "true" : "false");
	if (report->with == NULL)
		fputs("null", stdout);
	else
		json_text_string(stdout, report->with);
	fputs(",\"findings\":[", stdout);
	for (size_t i = 0; i < report->count; i++) {
		fputs(i == 0 ? "{\"cause\":" : ",{\"cause\":", stdout);
		json_text_string(stdout, report->findings[i].cause);
		fputs(",\"text\":", stdout);
		json_text_string(stdout, report->findings[i].text);
		fputc('}', stdout);
	}
	fputs("]}\n", stdout);
}

static const char *
finding_cell(const void *from, size_t row, size_t column)
{
	const struct signature_report *report = from;

	return column == 0 ? report->findings[row].cause
			   : report->findings[row].text;
}

static void
print_csv(const struct invocation *call, const struct signature_report *report)
{
	static const struct grid_column columns[] = {
		{ .name = "cause", .kind = GRID_WHOLE },
		{ .name = "text", .kind = GRID_TEXT },
	};
	const struct grid grid = { columns, COUNT(columns), report->count,
		finding_cell, report };

	output_grid(call, &grid);
}

static void
print_text(const struct signature_report *report)
{
	if (report->verified)
		printf("verified: a %s signature is good\n", report->with);
	else if (report->with != NULL)
		printf("not verified, though a %s signature is good:\n",
		    report->with);
	else
		puts("not verified:");
	for (size_t i = 0; i < report->count; i++) {
		printf("  %s: ", report->findings[i].cause);
		printable_put(stdout, report->findings[i].text, PRINTABLE_ALL);
		fputc('\n', stdout);
		if (strcmp(report->findings[i].cause, "clock") == 0)
			puts("    (--age 0 leaves the time out)");
		if (strcmp(report->findings[i].cause, "key_or_body") == 0)
			puts("    (--compare asks the API which)");
	}
}

static int
check(const struct invocation *call, const struct signature_question *question)
{
	struct signature_report report;

	if (!signature_check(question, &report)) {
		output_complain("out of memory");
		return EXIT_FAILURE;
	}
	if (invocation_value(call, "compare") != NULL) {
		int status = verify_compare(call, question->request, &report);

		if (status != EXIT_SUCCESS)
			return status;
	}
	if (call->globals[GLOBAL_JSON] != NULL)
		print_json(&report);
	else if (call->globals[GLOBAL_CSV] != NULL)
		print_csv(call, &report);
	else
		print_text(&report);
	return report.verified ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void
wipe(char *text, size_t length)
{
	if (text != NULL)
		sodium_memzero(text, length);
	free(text);
}

int
verify_run(const struct invocation *call)
{
	struct work w = { .question = { .now = time(NULL) } };
	int status = EXIT_USAGE;

	w.question.request = &w.message;
	if (sodium_init() != -1 && read_age(call, &w.question.age) &&
	    read_keys(call, &w) && read_request(call, &w))
		status = check(call, &w.question);
	free(w.request);
	free(w.body);
	free(w.public_keys);
	wipe(w.secrets, w.secrets_length);
	sodium_memzero(w.typed, sizeof w.typed);
	return status;
}
