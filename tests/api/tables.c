/*
 * tables.c - what the program answers to and with, as its tables have it: a
 * line for each route and each response that clients know, for openapi.test to
 * compare.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "responder/handle_api.h"
#include "responder/response.h"
#include "responder/routes.h"

/* route METHOD PATH NAME..., or "?" for names that only the handler knows. */
static void
print_route(const struct route *r)
{
	printf("route\t%s\t%s\t", r->method, r->path);
	if (r->operation == NULL)
		printf("?");
	else
		for (size_t i = 0; r->operation->names[i] != NULL; i++)
			printf("%s ", r->operation->names[i]);
	printf("\n");
}

/* What clients may ask for; the rest is for whoever runs the service. */
static bool
is_public(const char *path)
{
	static const char *const folders[] = { "/v1/", "/oauth/",
		"/.well-known/" };

	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (strncmp(path, folders[i], strlen(folders[i])) == 0)
			return true;
	return false;
}

/* The names of the lines of a head. */
static void
print_names(const char *head)
{
	while (*head != '\r') {
		printf("%.*s ", (int)strcspn(head, ":"), head);
		head = strstr(head, "\r\n") + 2;
	}
}

/* response STATUS CODE HEADER..., with all headers that it can have. */
static void
print_response(enum outcome outcome)
{
	struct response r = { .outcome = outcome,
		.allow = "GET",
		.scope = "",
		.body = "{}",
		.webhook = "" };
	char text[RESPONSE_MAX];

	if (outcome == OUTCOME_OK || outcome == OUTCOME_NOT_MODIFIED)
		r.etag = "";
	if (outcome == OUTCOME_OK)
		snprintf(r.link, sizeof r.link, "/");
	response_write(&r, "", text);
	printf("response\t%d\t%s\t", response_status(outcome),
	    response_status(outcome) < 400 ? "" : response_code(outcome));
	print_names(text);
	printf("\n");
}

int
main(void)
{
	for (const struct route *r = routes; r->path != NULL; r++)
		if (is_public(r->path))
			print_route(r);
	for (int i = 0; i < OUTCOME_COUNT; i++)
		if (i != OUTCOME_NOT_READY)
			print_response((enum outcome)i);
	return 0;
}
