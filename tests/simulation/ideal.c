/* ideal.c - what each would hold if places could be cut into pieces. */
#include "ideal.h"

#include <math.h>

#define HALVINGS 40

static double
hold(const struct claimant *c, const double level[STANDING_COUNT])
{
	double most = c->demand;

	for (size_t pool = 0; pool <= c->standing; pool++)
		most = fmin(most, c->weight * level[pool]);
	return most;
}

/* What those inside a pool hold, when its level is such. */
static double
fill(const struct claimant *c, size_t count, size_t pool, double at,
    const double level[STANDING_COUNT])
{
	double trial[STANDING_COUNT], sum = 0;

	for (size_t i = 0; i < STANDING_COUNT; i++)
		trial[i] = level[i];
	trial[pool] = at;
	for (size_t i = 0; i < count; i++)
		sum += c[i].standing >= pool ? hold(&c[i], trial) : 0;
	return sum;
}

void
ideal_share(struct claimant *c, size_t count,
    const double capacity[STANDING_COUNT])
{
	double level[STANDING_COUNT] = { INFINITY, INFINITY, INFINITY };

	for (size_t pool = STANDING_COUNT; pool-- > 0;) {
		double low = 0, high = capacity[0] * 1000;

		if (fill(c, count, pool, high, level) <= capacity[pool])
			continue;
		for (int i = 0; i < HALVINGS; i++) {
			double middle = (low + high) / 2;

			if (fill(c, count, pool, middle, level) >
			    capacity[pool])
				high = middle;
			else
				low = middle;
		}
		level[pool] = low;
	}
	for (size_t i = 0; i < count; i++)
		c[i].fair = hold(&c[i], level);
}

double
ideal_jain(const double *parts, size_t count)
{
	double sum = 0, squares = 0;

	for (size_t i = 0; i < count; i++) {
		sum += parts[i];
		squares += parts[i] * parts[i];
	}
	return squares == 0 ? 1 : sum * sum / ((double)count * squares);
}
