/* url.c - the parts of a canonical URL, as egress_url_check writes it. */
#include "http/url.h"

#include <string.h>

#include "common/egress_address.h"

static const struct {
	const char *text;
	bool tls;
	unsigned port;
} schemes[] = {
	{ "https://", true, 443 },
	{ "http://", false, 80 },
};

static bool
take_scheme(struct text *rest, struct url *url)
{
	for (size_t i = 0; i < COUNT(schemes); i++) {
		size_t n = strlen(schemes[i].text);

		if (rest->length < n ||
		    memcmp(rest->start, schemes[i].text, n) != 0)
			continue;
		rest->start += n;
		rest->length -= n;
		url->tls = schemes[i].tls;
		url->port = schemes[i].port;
		return true;
	}
	return false;
}

/* HOST, HOST:PORT, [ADDRESS] or [ADDRESS]:PORT. */
static bool
split_authority(struct text rest, struct url *url)
{
	bool bracket = text_take_byte(&rest, '[');

	url->host = text_take_until(&rest, bracket ? "]" : ":");
	if (bracket && !text_take_byte(&rest, ']'))
		return false;
	if (url->host.length == 0 || url->host.length > URL_HOST_MAX)
		return false;
	if (rest.length == 0)
		return true;
	return text_take_byte(&rest, ':') &&
	    egress_address_parse_port(rest, &url->port);
}

/* What would end the request line, or the field with the host. */
static bool
has_only_graphic_bytes(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.start[i] <= ' ' || text.start[i] > '~')
			return false;
	return true;
}

bool
url_split(const char *text, struct url *url)
{
	struct text rest = { text, strlen(text) };
	struct url parts;

	if (!has_only_graphic_bytes(rest) || !take_scheme(&rest, &parts))
		return false;
	parts.authority = text_take_until(&rest, "/?#@");
	parts.target = rest;
	if (rest.length == 0 || rest.start[0] != '/' ||
	    !split_authority(parts.authority, &parts))
		return false;
	*url = parts;
	return true;
}
