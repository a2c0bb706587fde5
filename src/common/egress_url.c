/* egress_url.c - which URLs may receive deliveries (SSRF guard). */
#include "common/egress_url.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "common/compiler.h"
#include "common/egress_address.h"
#include "common/egress_name.h"
#include "common/text.h"

static const struct scheme {
	const char *text;
	unsigned port;
	bool plain;
} schemes[] = {
	{ "https://", 443, false },
	{ "http://", 80, true },
};

/* The host is canonical: in lower case, or RFC 5952 in brackets. */
struct url {
	const struct scheme *scheme;
	char host[EGRESS_NAME_MAX + 1];
	unsigned port;
	struct text rest; /* path and query */
};

/* At a percent: two hexadecimal digits, and not NUL, LF or CR. */
static bool
is_escape(const char *at, size_t length)
{
	int high, low, value;

	if (length < 3)
		return false;
	high = text_hex_value(at[1]);
	low = text_hex_value(at[2]);
	value = high * 16 + low;
	return high >= 0 && low >= 0 && value != '\0' && value != '\n' &&
	    value != '\r';
}

/*
 * Printable ASCII, but for what no URI has (RFC 3986, appendix A) and for "#".
 * Brackets are let through anywhere, as many have them in queries.
 */
static bool
is_valid_byte(char c)
{
	return c > ' ' && c <= '~' && strchr("\"#<>\\^`{|}", c) == NULL;
}

static bool
has_valid_bytes(struct text url)
{
	if (url.length > EGRESS_URL_MAX)
		return false;
	for (size_t i = 0; i < url.length; i++) {
		char c = url.start[i];

		if (!is_valid_byte(c))
			return false;
		if (c == '%' && !is_escape(url.start + i, url.length - i))
			return false;
	}
	return true;
}

static bool
take_scheme(const struct egress_policy *policy, struct text *rest,
    struct url *url)
{
	for (size_t i = 0; i < COUNT(schemes); i++) {
		size_t n = strlen(schemes[i].text);

		if (!text_starts_with(*rest, schemes[i].text))
			continue;
		rest->start += n;
		rest->length -= n;
		url->scheme = &schemes[i];
		return !schemes[i].plain || policy->plain_http;
	}
	return false;
}

/* HOST[:PORT] up to a slash or a query; the host keeps its brackets. */
static bool
take_authority(struct text *rest, struct url *url, struct text *host)
{
	struct text authority = text_take_until(rest, "/?");
	bool bracket = text_starts_with(authority, "[");

	*host = text_take_until(&authority, bracket ? "]" : ":");
	if (bracket) {
		if (!text_take_byte(&authority, ']'))
			return false;
		host->length++;
	}
	url->port = url->scheme->port;
	if (authority.length == 0)
		return true;
	return text_take_byte(&authority, ':') &&
	    egress_address_parse_port(authority, &url->port);
}

static enum egress_result
check_bracketed(const struct egress_policy *policy, struct text host,
    struct url *url)
{
	struct text zone = { host.start + 1, host.length - 2 };
	struct text address = text_take_until(&zone, "%");
	unsigned char bytes[EGRESS_ADDRESS_BYTES];
	char text[INET6_ADDRSTRLEN];

	if (!egress_address_parse(AF_INET6, address, bytes))
		return EGRESS_MALFORMED;
	if (zone.length > 0 || egress_address_is_mapped(bytes))
		return EGRESS_REFUSED;
	if (inet_ntop(AF_INET6, bytes, text, sizeof text) == NULL)
		return EGRESS_MALFORMED;
	snprintf(url->host, sizeof url->host, "[%s]", text);
	return egress_address_check(policy, bytes, url->port);
}

static enum egress_result
check_name(const struct egress_policy *policy, struct text host,
    struct url *url)
{
	unsigned char bytes[EGRESS_ADDRESS_BYTES];
	bool dot = host.length > 0 && host.start[host.length - 1] == '.';
	enum egress_result result;

	if (dot)
		host.length--;
	if (!egress_name_is_valid(host))
		return EGRESS_MALFORMED;
	for (size_t i = 0; i < host.length; i++)
		url->host[i] = text_lower(host.start[i]);
	url->host[host.length] = '\0';
	if (egress_name_ends_in_number(url->host)) {
		if (dot || !egress_address_parse(AF_INET, host, bytes))
			return EGRESS_REFUSED;
		return egress_address_check(policy, bytes, url->port);
	}
	result = egress_name_check(policy, url->host);
	if (result == EGRESS_OK &&
	    (dot || !egress_address_is_usual_port(policy, url->port)))
		return EGRESS_MALFORMED;
	return result;
}

/* Always with a path, so that "https://h" and "https://h/" are one. */
static enum egress_result
write_canonical(const struct url *url, char canonical[EGRESS_URL_MAX + 1])
{
	char text[EGRESS_URL_MAX + 1], port[sizeof ":65535"] = "";
	int n;

	if (url->port != url->scheme->port)
		snprintf(port, sizeof port, ":%hu", (unsigned short)url->port);
	n = snprintf(text, sizeof text, "%s%s%s%s%.*s", url->scheme->text,
	    url->host, port, text_starts_with(url->rest, "/") ? "" : "/",
	    (int)url->rest.length, url->rest.start);
	if (n < 0 || n > EGRESS_URL_MAX)
		return EGRESS_MALFORMED;
	memcpy(canonical, text, (size_t)n + 1);
	return EGRESS_OK;
}

enum egress_result
egress_url_check(const struct egress_policy *policy, const char *given,
    size_t length, char canonical[EGRESS_URL_MAX + 1])
{
	struct url url = { .rest = { given, length } };
	enum egress_result result;
	struct text host;

	if (!has_valid_bytes(url.rest) ||
	    !take_scheme(policy, &url.rest, &url) ||
	    !take_authority(&url.rest, &url, &host))
		return EGRESS_MALFORMED;
	if (text_starts_with(host, "["))
		result = check_bracketed(policy, host, &url);
	else
		result = check_name(policy, host, &url);
	if (result != EGRESS_OK)
		return result;
	return write_canonical(&url, canonical);
}
