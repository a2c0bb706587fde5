/* own_addresses.c - the addresses of this host, of all its interfaces. */
#include "http/own_addresses.h"

#include <ifaddrs.h>
#include <stdlib.h>
#include <string.h>

#define READ_MS 60000

static bool
take_address(const struct ifaddrs *i,
    unsigned char address[EGRESS_ADDRESS_BYTES])
{
	unsigned port;

	return i->ifa_addr != NULL &&
	    egress_address_of(i->ifa_addr, address, &port);
}

static size_t
count_interfaces(const struct ifaddrs *first)
{
	size_t n = 0;

	for (const struct ifaddrs *i = first; i != NULL; i = i->ifa_next)
		n++;
	return n;
}

static bool
read_addresses(struct own_addresses *own)
{
	unsigned char(*list)[EGRESS_ADDRESS_BYTES];
	struct ifaddrs *first;
	size_t count = 0;

	if (getifaddrs(&first) == -1)
		return false;
	list = calloc(count_interfaces(first) + 1, sizeof *list);
	for (const struct ifaddrs *i = first; list != NULL && i != NULL;
	     i = i->ifa_next)
		count += take_address(i, list[count]);
	freeifaddrs(first);
	if (list == NULL)
		return false;
	free(own->list);
	own->list = list;
	own->count = count;
	return true;
}

bool
own_addresses_has(struct own_addresses *own,
    const unsigned char address[EGRESS_ADDRESS_BYTES], long long now_ms)
{
	if ((own->list == NULL || now_ms - own->read_ms >= READ_MS) &&
	    read_addresses(own))
		own->read_ms = now_ms;
	if (own->list == NULL)
		return true;
	for (size_t i = 0; i < own->count; i++)
		if (memcmp(own->list[i], address, EGRESS_ADDRESS_BYTES) == 0)
			return true;
	return false;
}

void
own_addresses_clear(struct own_addresses *own)
{
	free(own->list);
	*own = (struct own_addresses){ 0 };
}
