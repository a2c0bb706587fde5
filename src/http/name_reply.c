/* name_reply.c - what a reply of the name servers says. */
#include "http/name_reply.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <string.h>

#include "common/compiler.h"

/* A sentence for each way in which c-ares fails; any other: FAILED. */
static const struct {
	int status;
	enum resolver_result result;
	const char *why;
} endings[] = {
	{ ARES_ENOTFOUND, RESOLVER_NO_NAME, "the name does not exist" },
	{ ARES_ENODATA, RESOLVER_NO_NAME, "the name has no address" },
	{ ARES_EBADNAME, RESOLVER_NO_NAME, "the name is not valid" },
	{ ARES_ETIMEOUT, RESOLVER_SILENT, "the name servers do not answer" },
	{ ARES_ENOMEM, RESOLVER_FAILED, "memory is short" },
};

static void
set_failure(struct name_answer *a, int status)
{
	a->result = RESOLVER_FAILED;
	a->why = "the name servers fail";
	for (size_t i = 0; i < COUNT(endings); i++)
		if (endings[i].status == status) {
			a->result = endings[i].result;
			a->why = endings[i].why;
		}
}

static void
add_address(struct name_answer *a, sa_family_t family, const void *bytes,
    int ttl_s)
{
	struct resolver_address *to = &a->addresses[a->count++];
	unsigned ttl = ttl_s < 0 ? 0 : (unsigned)ttl_s;

	to->family = family;
	memcpy(&to->v6, bytes,
	    family == AF_INET ? sizeof to->v4 : sizeof to->v6);
	if (a->count == 1 || ttl < a->ttl_s)
		a->ttl_s = ttl;
}

/* c-ares follows aliases, and has the least time to live along their chain. */
static int
parse_v4(struct name_answer *a, const unsigned char *packet, int length)
{
	struct ares_addrttl found[RESOLVER_ADDRESSES_MAX];
	int count = RESOLVER_ADDRESSES_MAX;
	int status = ares_parse_a_reply(packet, length, NULL, found, &count);

	for (int i = 0; status == ARES_SUCCESS && i < count; i++)
		add_address(a, AF_INET, &found[i].ipaddr, found[i].ttl);
	return status;
}

static int
parse_v6(struct name_answer *a, const unsigned char *packet, int length)
{
	struct ares_addr6ttl found[RESOLVER_ADDRESSES_MAX];
	int count = RESOLVER_ADDRESSES_MAX;
	int status = ares_parse_aaaa_reply(packet, length, NULL, found, &count);

	for (int i = 0; status == ARES_SUCCESS && i < count; i++)
		add_address(a, AF_INET6, &found[i].ip6addr, found[i].ttl);
	return status;
}

/* What the head of a whole answer says (RFC 1035, section 4.1.1). */
static int
read_head(const unsigned char *packet, int length)
{
	static const int statuses[] = {
		[ns_r_noerror] = ARES_SUCCESS,
		[ns_r_nxdomain] = ARES_ENOTFOUND,
	};
	unsigned code;

	if (length < NS_HFIXEDSZ || (packet[2] & 0xf8) != 0x80)
		return ARES_EBADRESP;
	code = packet[3] & 0x0f;
	if (code != ns_r_noerror && code != ns_r_nxdomain)
		return ARES_ESERVFAIL;
	return statuses[code];
}

void
name_reply_read(struct name_answer *a, sa_family_t family, int status,
    const unsigned char *packet, int length)
{
	if (status == ARES_SUCCESS)
		status = read_head(packet, length);
	if (status == ARES_SUCCESS)
		status = family == AF_INET ? parse_v4(a, packet, length)
					   : parse_v6(a, packet, length);
	if (status == ARES_SUCCESS && a->count == 0)
		status = ARES_ENODATA;
	if (status != ARES_SUCCESS)
		set_failure(a, status);
}
