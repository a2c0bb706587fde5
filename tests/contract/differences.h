/* differences.h - what a web server by its nature answers otherwise. */
#ifndef CONTRACT_DIFFERENCES_H
#define CONTRACT_DIFFERENCES_H

struct difference {
	const char *server; /* NULL ends the table */
	const char *name;   /* of the case; "CASE: HEADER" for a header */
	int status;         /* of the answer; how often the header comes */
	const char *code;
	const char *reason;
};

extern const struct difference server_differences[];

#endif
