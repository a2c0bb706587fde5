/* url.h - the parts of a canonical URL, as egress_url_check writes it. */
#ifndef POSTERN_URL_H
#define POSTERN_URL_H

#include <stdbool.h>

#include "common/compiler.h"
#include "common/text.h"

#define URL_HOST_MAX 255 /* bytes of a name or an address */

/* Points into the text it was made from. */
struct url {
	bool tls;         /* https */
	struct text host; /* a name or an address, without brackets */
	unsigned port;
	struct text authority; /* as the Host field has it */
	struct text target;    /* path and query: the request line has it */
};

/* False: it is no canonical http or https URL; the output is untouched. */
MUST_CHECK bool url_split(const char *text, struct url *url);

#endif
