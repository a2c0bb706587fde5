/* egress_name.c - which host names may receive (SSRF guard). */
#include "common/egress_name.h"

#include <string.h>

#include "common/compiler.h"

#define LABEL_BYTES_MAX 63 /* RFC 1035 */

/* Names that never leave the machine or the site, with all names below. */
static const char *const refused[] = {
	"home.arpa",    /* RFC 8375 */
	"internal",     /* kept for private use: ICANN, 2024 */
	"local",        /* multicast DNS: RFC 6762 */
	"localdomain",  /* loopback: nss-myhostname(8) */
	"localdomain4", /* loopback in /etc/hosts of Fedora */
	"localdomain6", /* the same, for IPv6 */
	"localhost",    /* RFC 6761 */
	"onion",        /* never in the DNS: RFC 7686 */
};

static bool
is_label(struct text label)
{
	if (label.length == 0 || label.length > LABEL_BYTES_MAX ||
	    label.start[0] == '-' || label.start[label.length - 1] == '-')
		return false;
	for (size_t i = 0; i < label.length; i++) {
		char c = text_lower(label.start[i]);

		if (!text_is_digit(c) && !(c >= 'a' && c <= 'z') && c != '-' &&
		    c != '_')
			return false;
	}
	return true;
}

bool
egress_name_is_valid(struct text name)
{
	if (name.length > EGRESS_NAME_MAX)
		return false;
	do {
		if (!is_label(text_take_until(&name, ".")))
			return false;
	} while (text_take_byte(&name, '.'));
	return true;
}

bool
egress_name_ends_in_number(const char *name)
{
	const char *dot = strrchr(name, '.');
	const char *label = dot == NULL ? name : dot + 1;

	if (strncmp(label, "0x", 2) == 0)
		return strspn(label + 2, "0123456789abcdef") ==
		    strlen(label + 2);
	return strspn(label, "0123456789") == strlen(label);
}

/* Is it that name, or below it? */
static bool
is_within(const char *name, const char *suffix)
{
	size_t length = strlen(name), n = strlen(suffix);

	return length >= n && strcmp(name + length - n, suffix) == 0 &&
	    (length == n || *suffix == '.' || name[length - n - 1] == '.');
}

static bool
is_refused(const char *name)
{
	for (size_t i = 0; i < COUNT(refused); i++)
		if (is_within(name, refused[i]))
			return true;
	return false;
}

/* With a dot in front all names below are allowed, without it that one. */
static bool
is_allowed(const struct egress_policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->name_count; i++) {
		const char *allowed = policy->names[i];

		if (*allowed == '.' ? is_within(name, allowed)
				    : strcmp(name, allowed) == 0)
			return true;
	}
	return false;
}

enum egress_result
egress_name_check(const struct egress_policy *policy, const char *name)
{
	if (is_allowed(policy, name))
		return EGRESS_OK;
	if (is_refused(name))
		return EGRESS_REFUSED;
	return strchr(name, '.') == NULL ? EGRESS_MALFORMED : EGRESS_OK;
}
