/* message_body.c - the body of POST /v1/messages: one message, or several. */
#include "responder/message_body.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/compiler.h"
#include "responder/json_check.h"

#define MESSAGES "messages"
#define DATA "data"
#define NO_SUCH_NAME                                                 \
	"There is no such parameter; there are type, data, account " \
	"and idempotency_key, and messages."

/* A message's members that are strings. */
static const struct {
	const char *name;
	size_t offset; /* in struct message */
	size_t bytes_max;
	const char *text;
} strings[] = {
	{ "account", offsetof(struct message, account), MESSAGE_ACCOUNT_MAX,
	    "account must be an account's id, or an asterisk for all." },
	{ "type", offsetof(struct message, type), MESSAGE_TYPE_MAX,
	    "type must be a string of 1 to 128 bytes." },
	{ "idempotency_key", offsetof(struct message, key), MESSAGE_KEY_MAX,
	    "idempotency_key must be a string of 1 to 256 bytes." },
};

/* Where a fault would be. */
struct place {
	struct message_fault *fault;
	bool flat;
	size_t index; /* of the message */
};

static struct text *
text_of(struct message *m, size_t string)
{
	return (struct text *)((char *)m + strings[string].offset);
}

__attribute__((format(printf, 4, 5))) static enum outcome
refuse(struct message_fault *fault, const char *text, struct text value,
    const char *format, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(fault->parameter, sizeof fault->parameter, format,
	    arguments);
	va_end(arguments);
	if (n < 0 || (size_t)n >= sizeof fault->parameter)
		*fault->parameter = '\0';
	fault->text = text;
	fault->value = value;
	return OUTCOME_INVALID_PARAMETER;
}

static enum outcome
refuse_member(const struct place *at, const char *text, const char *name,
    struct text value)
{
	if (at->flat)
		return refuse(at->fault, text, value, "%s", name);
	return refuse(at->fault, text, value, MESSAGES "[%zu].%s", at->index,
	    name);
}

/* Its name is the sender's, and may be long. */
static enum outcome
refuse_unknown(const struct place *at, const struct json_member *m)
{
	const struct text quoted = { m->name.start - 1, m->name.length + 2 };
	char name[MESSAGE_PARAMETER_MAX + 1];
	size_t length = json_string(quoted, NULL);

	if (length == 0 || length >= sizeof name)
		return refuse(at->fault, NO_SUCH_NAME, m->value, "%s", "");
	json_string(quoted, name);
	name[length] = '\0';
	return refuse_member(at, NO_SUCH_NAME, name, m->value);
}

static bool
is_string(struct text value, size_t bytes_max)
{
	size_t length;

	if (*value.start != '"')
		return false;
	length = json_string(value, NULL);
	return length >= 1 && length <= bytes_max;
}

static enum outcome
take_member(const struct place *at, struct message *m,
    const struct json_member *member)
{
	if (json_is_name(member->name, DATA)) {
		m->data = member->value;
		return OUTCOME_NONE;
	}
	for (size_t i = 0; i < COUNT(strings); i++) {
		if (!json_is_name(member->name, strings[i].name))
			continue;
		if (!is_string(member->value, strings[i].bytes_max))
			return refuse_member(at, strings[i].text,
			    strings[i].name, member->value);
		*text_of(m, i) = member->value;
		return OUTCOME_NONE;
	}
	return refuse_unknown(at, member);
}

/* A message is the object that this text is. */
static enum outcome
take_message(const struct place *at, struct text object, struct message *m)
{
	struct json_scan s =
	    json_scan_begin(object.start, object.length, &json_free);
	const struct text none = { NULL, 0 };
	struct json_member member;
	enum outcome o = OUTCOME_NONE;

	*m = (struct message){ .data = none };
	json_take_byte(&s, '{');
	while (o == OUTCOME_NONE && json_take_member(&s, &member)) {
		o = take_member(at, m, &member);
		json_take_byte(&s, ',');
	}
	if (o == OUTCOME_NONE && m->type.start == NULL)
		o = refuse_member(at, "type is missing.", "type", none);
	if (o == OUTCOME_NONE && m->data.start == NULL)
		o = refuse_member(at, "data is missing.", DATA, none);
	return o;
}

static enum outcome
take_list(struct message_body *m, struct text list, struct message_fault *fault)
{
	struct json_scan s =
	    json_scan_begin(list.start, list.length, &json_free);
	struct place at = { fault, false, 0 };
	enum outcome o = OUTCOME_NONE;

	if (!json_take_byte(&s, '['))
		return refuse(fault, "messages must be an array.", list,
		    MESSAGES);
	json_skip_blanks(&s);
	while (o == OUTCOME_NONE && !json_take_byte(&s, ']')) {
		struct text value = { (const char *)s.at, 0 };

		if (at.index == MESSAGES_MAX || !json_take_value(&s))
			return refuse(fault, "messages are 1 to 100.",
			    (struct text){ NULL, 0 }, MESSAGES);
		value.length = (size_t)((const char *)s.at - value.start);
		o = *value.start == '{'
		    ? take_message(&at, value, &m->messages[at.index])
		    : refuse(fault, "A message must be an object.", value,
			  MESSAGES "[%zu]", at.index);
		at.index++;
		json_skip_blanks(&s);
		json_take_byte(&s, ',');
		json_skip_blanks(&s);
	}
	m->count = at.index;
	if (o == OUTCOME_NONE && m->count == 0)
		return refuse(fault, "messages are 1 to 100.", list, MESSAGES);
	return o;
}

/* A body with messages has nothing else. */
static enum outcome
refuse_beside(struct text object, struct message_fault *fault)
{
	const struct place at = { fault, true, 0 };
	struct json_scan s =
	    json_scan_begin(object.start, object.length, &json_free);
	struct json_member member;

	json_take_byte(&s, '{');
	while (json_take_member(&s, &member)) {
		struct message ignored;
		enum outcome o;

		json_take_byte(&s, ',');
		if (json_is_name(member.name, MESSAGES))
			continue;
		o = take_member(&at, &ignored, &member);
		if (o != OUTCOME_NONE)
			return o;
		return refuse(fault,
		    "Beside messages, each message has its own.",
		    (struct text){ NULL, 0 }, "%.*s", (int)member.name.length,
		    member.name.start);
	}
	return OUTCOME_NONE;
}

static void
undo_quotes(struct message_body *m, char *body)
{
	for (size_t n = 0; n < m->count; n++)
		for (size_t i = 0; i < COUNT(strings); i++) {
			struct text *t = text_of(&m->messages[n], i);

			if (t->start != NULL)
				t->length =
				    json_string(*t, body + (t->start - body));
		}
}

enum outcome
message_body_parse(struct message_body *m, char *body, size_t length,
    struct message_fault *fault)
{
	static const struct json_rules rules = { .depth_max = JSON_DEPTH_MAX,
		.members_max = JSON_MEMBERS_MAX,
		.free_member = DATA };
	const struct place flat = { fault, true, 0 };
	struct json_scan s = json_scan_begin(body, length, &json_free);
	struct text object, list;
	enum outcome o;

	*fault = (struct message_fault){ .text = NULL };
	m->count = 0;
	if (!json_check_by(&rules, body, length))
		return OUTCOME_INVALID_JSON;
	json_skip_blanks(&s);
	if (*s.at != '{')
		return OUTCOME_INVALID_BODY;
	object = (struct text){ (const char *)s.at,
		(size_t)((const char *)s.end - (const char *)s.at) };
	list = json_member(body, length, MESSAGES);
	m->flat = list.start == NULL;
	if (m->flat) {
		m->count = 1;
		o = take_message(&flat, object, &m->messages[0]);
	} else {
		o = refuse_beside(object, fault);
		if (o == OUTCOME_NONE)
			o = take_list(m, list, fault);
	}
	if (o == OUTCOME_NONE)
		undo_quotes(m, body);
	return o;
}
