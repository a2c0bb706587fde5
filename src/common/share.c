/* share.c - how much of something scarce one account may hold. */
#include "common/share.h"

#include <math.h>

#define RESERVED 8 /* one part of so many is for those who hold few */

size_t
share_unit(const struct share_pool *p)
{
	size_t open = p->capacity - p->capacity / RESERVED;
	size_t rest;

	if (p->used >= p->capacity)
		return 0;
	rest = p->used < open ? SHARE_MULTIPLE * (open - p->used) : 0;
	return rest > SHARE_FEW ? rest : SHARE_FEW;
}

size_t
share_limit(const struct share_pool *p, float weight)
{
	size_t unit = share_unit(p);
	float limit = roundf(weight * (float)unit);

	if (unit == 0)
		return 0;
	return limit < 1 ? 1 : (size_t)limit;
}
