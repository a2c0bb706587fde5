/* share.c - one account alone has nearly all, many come to have the same. */
#include "common/share.h"

#include <criterion/criterion.h>

#include "common/compiler.h"

static const struct {
	size_t capacity, used;
	float weight;
	size_t limit;
} limits[] = {
	/* nothing is used: an account may have all that is not reserved */
	{ 1024, 0, 1, 7168 },
	/* the nearer it comes to that, the lower the limit */
	{ 1024, 796, 1, 800 },
	{ 1024, 797, 1, 792 },
	{ 1024, 895, 1, 8 },
	/* the last eighth is for those with fewer than two */
	{ 1024, 896, 1, 2 },
	{ 1024, 1023, 1, 2 },
	{ 1024, 1024, 1, 0 },
	{ 1024, 2000, 1, 0 },
	/* by weight, and at least one while there is one */
	{ 1024, 796, 2, 1600 },
	{ 1024, 796, 0.5F, 400 },
	{ 1024, 895, 0.01F, 1 },
	{ 1024, 900, 100, 200 },
	{ 1024, 1023, 0.01F, 1 },
	{ 1024, 1024, 100, 0 },
	/* a small pool has no last eighth */
	{ 4, 3, 1, 8 },
	{ 1, 0, 1, 8 },
	{ 1, 1, 1, 0 },
	{ 0, 0, 1, 0 },
};

Test(share, a_multiple_of_what_is_free)
{
	for (size_t i = 0; i < COUNT(limits); i++) {
		struct share_pool p = { limits[i].capacity, limits[i].used };

		cr_expect_eq(share_limit(&p, limits[i].weight), limits[i].limit,
		    "row %zu: %zu", i, share_limit(&p, limits[i].weight));
	}
}

/* Who may take one and holds the least for its weight does, until nobody may. */
static void
fill(struct share_pool *p, const float *weights, size_t *held, size_t count)
{
	for (;;) {
		size_t next = count;

		for (size_t i = 0; i < count; i++)
			if (held[i] < share_limit(p, weights[i]) &&
			    (next == count ||
				(float)held[i] / weights[i] <
				    (float)held[next] / weights[next]))
				next = i;
		if (next == count)
			return;
		held[next]++;
		p->used++;
	}
}

Test(share, one_alone_has_seven_ninths)
{
	struct share_pool p = { .capacity = 1024 };
	size_t held[1] = { 0 };

	fill(&p, (float[]){ 1 }, held, 1);
	cr_assert_eq(held[0], 797, "%zu", held[0]);
}

Test(share, who_comes_later_has_room_at_once)
{
	struct share_pool p = { .capacity = 1024 };
	float weights[2] = { 1, 1 };
	size_t held[2] = { 0 };

	fill(&p, weights, held, 1);
	fill(&p, weights, held, 2);
	cr_assert_eq(held[0], 797, "%zu", held[0]);
	cr_assert_geq(held[1], 80, "%zu", held[1]);
}

Test(share, many_have_the_same)
{
	struct share_pool p = { .capacity = 1024 };
	float weights[50];
	size_t held[50] = { 0 };

	for (size_t i = 0; i < COUNT(weights); i++)
		weights[i] = 1;
	fill(&p, weights, held, COUNT(weights));
	for (size_t i = 0; i < COUNT(held); i++)
		cr_expect(held[i] == 17 || held[i] == 18, "%zu", held[i]);
}

Test(share, twice_the_weight_has_twice_as_much)
{
	struct share_pool p = { .capacity = 1024 };
	float weights[3] = { 1, 2, 4 };
	size_t held[3] = { 0 };

	fill(&p, weights, held, COUNT(weights));
	cr_expect_eq(held[0], 126, "%zu", held[0]);
	cr_expect_eq(held[1], 252, "%zu", held[1]);
	cr_expect_eq(held[2], 503, "%zu", held[2]);
}
