/* developer_options.c - the options of the subcommands for developers. */
#include "cli/developer_options.h"

#include <stddef.h>

#include "cli/api.h"

const struct command_option developer_api[] = { API_OPTIONS, OPTION_END };

const struct command_option developer_list[] = { OPTION_LIMIT, API_OPTIONS,
	OPTION_END };

const struct command_option developer_deliveries[] = {
	{ .name = "state",
	    .value = "STATE",
	    .help = "only owed, held, sent, failed or cancelled" },
	{ .name = "since",
	    .value = "TIME",
	    .help = "only of events published then or later" },
	{ .name = "until",
	    .value = "TIME",
	    .help = "only of events published before" },
	OPTION_LIMIT, API_OPTIONS, OPTION_END
};

const struct command_option developer_replay[] = {
	{ .name = "since",
	    .value = "TIME",
	    .help = "what failed from then on: '2 hours ago'" },
	{ .name = "until", .value = "TIME", .help = "up to then" },
	{ .name = "sent-too", .help = "also what was delivered" }, API_OPTIONS,
	OPTION_END
};

const struct command_option developer_listen[] = {
	{ .name = "forward",
	    .value = "URL",
	    .help = "send each there, signed: http://localhost:3000/hook" },
	{ .name = "events",
	    .value = "TYPES",
	    .fallback = "*",
	    .help = "only these: payment.*,order.paid" },
	{ .name = "since",
	    .value = "TIME",
	    .help = "begin there the first time: '2 hours ago' [now]" },
	{ .name = "anew", .help = "forget how far it has come" },
	{ .name = "name",
	    .value = "NAME",
	    .help = "of the cursor that is kept" },
	{ .name = "secret-file",
	    .value = "FILE",
	    .help = "sign with this whsec_..., not one of its own" },
	API_OPTIONS, OPTION_END
};

const struct command_option developer_trigger[] = {
	{ .name = "webhook",
	    .value = "WEBHOOK",
	    .help = "the service sends it postern.test" },
	{ .name = "forward",
	    .value = "URL",
	    .help = "send it there from here, signed as listen does" },
	{ .name = "account",
	    .value = "ACCOUNT",
	    .help = "publish it to the account's webhooks, by SQL" },
	{ .name = "data",
	    .value = "JSON",
	    .help = "the event's data, not the type's example" },
	{ .name = "secret-file",
	    .value = "FILE",
	    .help = "sign with this whsec_..., not as listen does" },
	API_OPTIONS, OPTION_END
};

const struct command_option developer_verify[] = {
	{ .name = "secret-file",
	    .value = "FILE",
	    .help = "the webhook's apiSecretKey, or several, in a file" },
	{ .name = "secret",
	    .value = "SECRET",
	    .help = "the same as it is, which others can see" },
	{ .name = "public-key",
	    .value = "KEY",
	    .help = "the account's public key, whpk_..., for v1a" },
	{ .name = "body",
	    .value = "FILE",
	    .help = "the body, when REQUEST has the headers alone" },
	{ .name = "age",
	    .value = "SECONDS",
	    .fallback = "300",
	    .help = "that the timestamp may be off; 0: any" },
	{ .name = "compare",
	    .help = "ask the API what was sent, if nothing else tells" },
	API_OPTIONS, OPTION_END
};
