/* json_check.c - strict JSON validator, before any tree is built. */
#include "responder/json_check.h"

bool
json_check(const char *text, size_t length)
{
	return json_check_by(&json_strict, text, length);
}

bool
json_check_by(const struct json_rules *rules, const char *text, size_t length)
{
	struct json_scan s = json_scan_begin(text, length, rules);

	json_skip_blanks(&s);
	if (!json_take_value(&s))
		return false;
	json_skip_blanks(&s);
	return s.at == s.end;
}

struct text
json_member(const char *text, size_t length, const char *name)
{
	struct json_scan s = json_scan_begin(text, length, &json_free);
	struct json_member m;

	json_skip_blanks(&s);
	if (!json_take_byte(&s, '{'))
		return (struct text){ NULL, 0 };
	while (json_take_member(&s, &m)) {
		if (json_is_name(m.name, name))
			return m.value;
		if (!json_take_byte(&s, ','))
			break;
	}
	return (struct text){ NULL, 0 };
}
