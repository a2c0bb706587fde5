/* name_answer.c - the addresses of a name, or why it has none. */
#include "http/name_answer.h"

#include <limits.h>
#include <string.h>

#include "common/egress_address.h"

static const struct name_answer nothing;

bool
resolver_address_parse(struct text text, struct resolver_address *address)
{
	unsigned char bytes[EGRESS_ADDRESS_BYTES];

	address->family = AF_INET;
	if (egress_address_parse(AF_INET, text, bytes)) {
		memcpy(&address->v4,
		    bytes + sizeof bytes - EGRESS_ADDRESS_IPV4_BYTES,
		    EGRESS_ADDRESS_IPV4_BYTES);
		return true;
	}
	address->family = AF_INET6;
	if (!egress_address_parse(AF_INET6, text, bytes))
		return false;
	memcpy(&address->v6, bytes, sizeof bytes);
	return true;
}

/* The place of the next address of the family. */
static size_t
find_family(const struct name_answer *a, size_t from, sa_family_t family)
{
	while (from < a->count && a->addresses[from].family != family)
		from++;
	return from;
}

static size_t
take_address(struct name_answer *to, const struct name_answer *from, size_t at)
{
	if (at == from->count)
		return at;
	if (to->count < RESOLVER_ADDRESSES_MAX)
		to->addresses[to->count++] = from->addresses[at];
	return at + 1;
}

static void
merge_addresses(struct name_answer *to, const struct name_answer *v6,
    const struct name_answer *v4)
{
	size_t i = find_family(v6, 0, AF_INET6);
	size_t j = find_family(v4, 0, AF_INET);

	while (i < v6->count || j < v4->count) {
		i = find_family(v6, take_address(to, v6, i), AF_INET6);
		j = find_family(v4, take_address(to, v4, j), AF_INET);
	}
}

void
name_answer_merge(struct name_answer *to, const struct name_answer *v6,
    const struct name_answer *v4)
{
	const struct name_answer *parts[] = { v6 == NULL ? &nothing : v6,
		v4 == NULL ? &nothing : v4 };

	memset(to, 0, sizeof *to);
	to->ttl_s = UINT_MAX;
	merge_addresses(to, parts[0], parts[1]);
	for (int i = 0; i < 2; i++) {
		if (to->count == 0 && parts[i]->result > to->result) {
			to->result = parts[i]->result;
			to->why = parts[i]->why;
		}
		if (parts[i]->count > 0 && parts[i]->ttl_s < to->ttl_s)
			to->ttl_s = parts[i]->ttl_s;
	}
}
