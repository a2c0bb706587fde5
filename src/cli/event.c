/* event.c - one event of GET /v1/events, and which ones are wanted. */
#include "cli/event.h"

#include <stdlib.h>
#include <string.h>

#include "cli/json_view.h"

#define NAME "\"id\""

static bool
is_id(const char *text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789_-";

	return *text != '\0' && text[strspn(text, allowed)] == '\0';
}

bool
event_read(struct text element, struct event *event)
{
	event->whole = element;
	event->timestamp = json_view_member(element, "timestamp");
	event->data = json_view_member(element, "data");
	return json_view_string(json_view_member(element, "id"), event->id,
		   sizeof event->id) &&
	    is_id(event->id) &&
	    json_view_string(json_view_member(element, "type"), event->type,
		sizeof event->type);
}

/* What is behind the id and its comma; {NULL, 0}: the id is not in front. */
static struct text
behind_id(struct text whole)
{
	struct text id = json_view_member(whole, "id"), rest = whole;

	text_take_byte(&rest, '{');
	text_take_until(&rest, "\"");
	if (id.length == 0 || !text_starts_with(rest, NAME))
		return (struct text){ NULL, 0 };
	rest.start = id.start + id.length;
	rest.length = whole.length - (size_t)(rest.start - whole.start);
	text_take_until(&rest, "\"");
	return rest;
}

char *
event_body(const struct event *event, size_t *length)
{
	struct text rest = behind_id(event->whole);
	char *body = rest.length == 0 ? NULL : malloc(rest.length + 2);

	if (body == NULL)
		return NULL;
	*length = rest.length + 1;
	body[0] = '{';
	memcpy(body + 1, rest.start, rest.length);
	body[*length] = '\0';
	return body;
}

static bool
fits(struct text type, struct text pattern)
{
	size_t n = pattern.length;

	if (n > 0 && pattern.start[n - 1] == '*')
		return type.length >= n - 1 &&
		    memcmp(type.start, pattern.start, n - 1) == 0;
	return type.length == n && memcmp(type.start, pattern.start, n) == 0;
}

bool
event_matches(const char *type, const char *patterns)
{
	struct text rest = { patterns, strlen(patterns) };

	do {
		struct text pattern = text_take_until(&rest, ", ");

		if (fits((struct text){ type, strlen(type) }, pattern))
			return true;
	} while (text_take_byte(&rest, ',') || text_take_byte(&rest, ' '));
	return false;
}
