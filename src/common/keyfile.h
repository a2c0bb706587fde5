/*
 * keyfile.h - key files: one half of a key pair, as a line of text.
 *
 *	LABEL ID KEY
 *
 * ID is the pair's id, 16 hexadecimal digits: BLAKE2b of the public half. KEY
 * is base64 behind the kind's prefix. A private half is 0600, and refused
 * when others can read it.
 */
#ifndef POSTERN_KEYFILE_H
#define POSTERN_KEYFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"

#define KEYFILE_ID_BYTES 8
#define KEYFILE_PUBLIC_BYTES 32

struct keyfile_kind {
	const char *label;
	const char *prefix; /* may be empty */
	size_t bytes;       /* of the key, 64 at most */
	/* The public half of a private one; false: it is damaged. NULL: the
	 * key is the public half. */
	bool (*public_half)(const unsigned char *key,
	    unsigned char half[KEYFILE_PUBLIC_BYTES]);
};

struct keyfile_pair {
	const struct keyfile_kind *private_kind, *public_kind;
	const unsigned char *private_half, *public_half;
};

/*
 * Read a file of this kind; its id must be the key's own. False: why says
 * what is wrong and what to do, without a byte of the key.
 */
MUST_CHECK bool keyfile_read(const char *path, const struct keyfile_kind *kind,
    unsigned char id[KEYFILE_ID_BYTES], unsigned char *key, char *why,
    size_t why_size);

/*
 * Write a pair: the private half to path, the public one to path.pub.
 * Neither may exist. False: why says which and what to do.
 */
MUST_CHECK bool keyfile_write_pair(const char *path,
    const struct keyfile_pair *pair, char *why, size_t why_size);

#endif
