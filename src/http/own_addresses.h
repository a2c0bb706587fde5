/*
 * own_addresses.h - the addresses of this host, of all its interfaces.
 *
 * A receiver at one of them would be a service of this host, which may trust
 * who comes from here, however public the address is. They are read when they
 * are asked for, a minute after the last time at the earliest.
 */
#ifndef POSTERN_HTTP_OWN_ADDRESSES_H
#define POSTERN_HTTP_OWN_ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "common/egress_address.h"

/* Zeroed: not read yet. */
struct own_addresses {
	unsigned char (*list)[EGRESS_ADDRESS_BYTES];
	size_t count;
	long long read_ms;
};

/* While they cannot be read, what was read before; if nothing was, all are. */
MUST_CHECK bool own_addresses_has(struct own_addresses *own,
    const unsigned char address[EGRESS_ADDRESS_BYTES], long long now_ms);

void own_addresses_clear(struct own_addresses *own);

#endif
