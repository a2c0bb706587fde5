/* main.c - postern: the command for people. */
#include "config.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/harden.h"
#include "common/option_table.h"

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/output.h"

#define FILES 64

static int
run(const struct invocation *call)
{
	if (call->globals[GLOBAL_VERSION] != NULL) {
		printf("postern %s\n", PACKAGE_VERSION);
	} else if (call->globals[GLOBAL_HELP] != NULL) {
		if (call->command == NULL)
			help_write(stdout);
		else
			help_write_command(stdout, call->command);
	} else if (call->command == NULL) {
		help_write(stderr);
		return EXIT_USAGE;
	} else if (call->globals[GLOBAL_JSON] != NULL &&
	    call->globals[GLOBAL_CSV] != NULL) {
		output_complain("--json or --csv, not both");
		return EXIT_USAGE;
	} else {
		return call->command->run(call);
	}
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	struct invocation call = { .command = NULL };
	char why[OPTION_WHY_MAX];

	setlocale(LC_CTYPE, "");
	if (!arguments_read(commands, argc, argv, &call, why, sizeof why)) {
		output_complain("%s", why);
		output_advise("\"postern help%s%s\" says what there is",
		    call.command == NULL ? "" : " ",
		    call.command == NULL ? "" : call.command->name);
		return EXIT_USAGE;
	}
	if (!harden_process(FILES, NULL))
		return EXIT_FAILURE;
	return output_end(run(&call));
}
