/* pool.c - which connection is used again, which one goes. */
#include "http/pool.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#define REST POOL_REST_MS
#define LIFE 300000
#define CONNECTIONS 8

static const unsigned char quiet[OWNER_BYTES] = "quiet";
static const unsigned char heavy[OWNER_BYTES] = "heavy";

static struct pool *pool;
static struct pooled connections[CONNECTIONS];
static bool dropped[CONNECTIONS];

static void
note_dropped(void *arg, void *connection)
{
	struct pooled *c = connection;

	(void)arg;
	dropped[c - connections] = true;
	pool_release(pool, c->origin);
}

static void
open_pool(size_t idle_max, size_t origins_max)
{
	pool = pool_open(&(struct pool_options){ .idle_max = idle_max,
	    .origins_max = origins_max,
	    .life_ms = LIFE,
	    .drop = note_dropped });
	cr_assert_not_null(pool);
}

static struct origin *
hold(const char *text)
{
	struct url url;
	struct origin *o;

	cr_assert(url_split(text, &url));
	o = pool_hold_origin(pool, &url);
	cr_assert_not_null(o);
	return o;
}

/* Connection i to this URL, opened at 0. */
static struct pooled *
connect_to(size_t i, const char *url)
{
	connections[i] = (struct pooled){ .connection = &connections[i],
		.origin = hold(url) };
	return &connections[i];
}

static void
keep_for(const unsigned char *owner, size_t i, const char *url,
    long long now_ms)
{
	cr_assert(pool_put(pool, connect_to(i, url), owner, now_ms));
}

static void
keep(size_t i, const char *url, long long now_ms)
{
	keep_for(quiet, i, url, now_ms);
}

/* -1: none */
static int
take(const char *url, long long now_ms)
{
	struct origin *o = hold(url);
	struct pooled *c = pool_take(pool, o, now_ms);

	pool_release(pool, o);
	return c == NULL ? -1 : (int)(c - connections);
}

static void
prove(const char *url)
{
	struct origin *o = hold(url);

	pool_prove(o);
	pool_release(pool, o);
}

static void
put_back(int i, long long now_ms)
{
	cr_assert(pool_put(pool, &connections[i], quiet, now_ms));
}

#define A "https://a.example/x"
#define B "https://b.example/"

Test(pool, an_origin_is_scheme_host_and_port)
{
	static const char *const others[] = { B, "http://a.example/",
		"https://a.example:8443/", "https://aa.example/",
		"https://a.exampl/", "http://a.example:443/" };

	open_pool(8, 8);
	prove(A);
	keep(0, A, 0);
	for (size_t i = 0; i < COUNT(others); i++)
		cr_assert_eq(take(others[i], 0), -1, "%s", others[i]);
	cr_assert_eq(take("https://a.example/other?path", 0), 0);
	put_back(0, 0);
	pool_close(pool);
}

Test(pool, an_unproven_origin_rests)
{
	open_pool(8, 8);
	keep(0, A, 1000);
	keep(1, A, 1100);
	cr_assert_eq(take(A, 1000 + REST - 1), -1);
	cr_assert_eq(take(A, 1000 + REST), 0);
	cr_assert_eq(take(A, 1000 + REST), -1, "1 has not rested");
	prove(A);
	cr_assert_eq(take(A, 1000 + REST), 1, "proven, all may be used");
	put_back(0, 2000);
	put_back(1, 2000);
	pool_close(pool);
}

Test(pool, the_last_one_used_is_used_first)
{
	open_pool(8, 8);
	prove(A);
	for (size_t i = 0; i < 3; i++)
		keep(i, A, 10 + (long long)i);
	cr_assert_eq(take(A, 20), 2);
	cr_assert_eq(take(A, 20), 1);
	put_back(2, 30);
	cr_assert_eq(take(A, 40), 2);
	cr_assert_eq(take(A, 40), 0);
	cr_assert_eq(take(A, 40), -1);
	for (int i = 0; i < 3; i++)
		put_back(i, 50);
	pool_close(pool);
}

Test(pool, the_longest_idle_goes_first)
{
	open_pool(3, 8);
	prove(A);
	prove(B);
	keep(0, A, 10);
	keep(1, B, 20);
	keep(2, A, 30);
	keep(3, B, 40);
	cr_assert(dropped[0]);
	cr_assert_eq(pool_kept(pool), 3);
	keep(4, B, 50);
	cr_assert(dropped[1]);
	cr_assert_not(dropped[2] || dropped[3] || dropped[4]);
	pool_close(pool);
	cr_assert(dropped[2] && dropped[3] && dropped[4]);
}

Test(pool, what_rests_does_not_go_for_another)
{
	open_pool(1, 8);
	keep(0, A, 0);
	cr_assert_not(pool_put(pool, connect_to(1, A), quiet, 100));
	cr_assert_not(pool_put(pool, connect_to(2, B), quiet, 100), "0 rests");
	cr_assert_not(pool_put(pool, &connections[1], quiet, REST + 1),
	    "0 may prove the origin");
	cr_assert_not(dropped[0]);
	cr_assert(pool_put(pool, &connections[2], quiet, REST + 1));
	cr_assert(dropped[0]);
	pool_release(pool, connections[1].origin);
	pool_close(pool);
}

Test(pool, who_keeps_most_loses_first)
{
	open_pool(4, 8);
	prove(A);
	prove(B);
	keep_for(quiet, 0, B, 10);
	for (size_t i = 1; i < 6; i++)
		keep_for(heavy, i, A, 10 + (long long)i);
	cr_assert(dropped[1] && dropped[2], "the longest idle of its own");
	cr_assert_not(dropped[0]);
	keep_for(quiet, 6, B, 30);
	cr_assert(dropped[3], "the quiet one may have as many");
	cr_assert_not(dropped[0]);
	keep_for(quiet, 7, B, 40);
	cr_assert(dropped[0], "but no more");
	pool_close(pool);
}

Test(pool, what_rests_goes_for_an_owner_with_less)
{
	open_pool(2, 8);
	keep_for(heavy, 0, "https://a1.example/", 0);
	keep_for(heavy, 1, "https://a2.example/", 0);
	cr_assert(pool_put(pool, connect_to(2, B), quiet, 1));
	cr_assert(dropped[0]);
	pool_close(pool);
}

Test(pool, a_connection_is_held_by_who_used_it_last)
{
	open_pool(3, 8);
	prove(A);
	keep_for(heavy, 0, A, 0);
	keep_for(heavy, 1, A, 0);
	keep_for(quiet, 2, A, 0);
	for (int i = 2; i >= 1; i--) {
		cr_assert_eq(take(A, 1), i);
		cr_assert(
		    pool_put(pool, &connections[i], i == 1 ? quiet : heavy, 1));
		if (i == 2)
			cr_assert_eq(take(A, 1), 2);
	}
	cr_assert(pool_put(pool, &connections[2], quiet, 1));
	keep_for(heavy, 3, A, 2);
	cr_assert(dropped[1], "the quiet one has two of them");
	pool_close(pool);
}

Test(pool, a_connection_has_a_life)
{
	open_pool(8, 8);
	prove(A);
	keep(0, A, LIFE - 10);
	cr_assert_eq(take(A, LIFE - 1), 0);
	put_back(0, LIFE - 1);
	cr_assert_eq(take(A, LIFE), -1);
	cr_assert(dropped[0]);
	cr_assert_not(pool_put(pool, connect_to(1, A), quiet, LIFE));
	pool_release(pool, connections[1].origin);
	pool_close(pool);
}

Test(pool, what_is_idle_too_long_goes)
{
	open_pool(8, 8);
	cr_assert_eq(pool_expire(pool, 0), -1);
	keep(0, A, 0);
	keep(1, B, 10);
	cr_assert_eq(pool_expire(pool, POOL_IDLE_MS - 1), POOL_IDLE_MS);
	cr_assert_eq(pool_expire(pool, POOL_IDLE_MS), POOL_IDLE_MS + 10);
	cr_assert(dropped[0]);
	cr_assert_eq(take(B, POOL_IDLE_MS + 10), -1);
	cr_assert(dropped[1]);
	cr_assert_eq(pool_expire(pool, POOL_IDLE_MS + 10), -1);
	pool_close(pool);
}

Test(pool, to_an_origin_that_sent_strays_none_is_kept_for_an_hour)
{
	struct origin *o;

	open_pool(8, 8);
	prove(A);
	keep(0, A, 0);
	keep(1, B, 0);
	o = hold(A);
	pool_note_stray(pool, o, 0);
	cr_assert(dropped[0]);
	cr_assert_not(dropped[1]);
	connections[2] = (struct pooled){ .connection = &connections[2],
		.origin = o,
		.opened_ms = POOL_STRAY_MS - 1 };
	cr_assert_not(
	    pool_put(pool, &connections[2], quiet, POOL_STRAY_MS - 1));
	cr_assert(pool_put(pool, &connections[2], quiet, POOL_STRAY_MS));
	cr_assert_eq(take(A, POOL_STRAY_MS + REST - 1), -1, "unproven again");
	cr_assert_eq(take(A, POOL_STRAY_MS + REST), 2);
	pool_release(pool, o);
	pool_close(pool);
}

Test(pool, a_connection_may_be_removed_from_anywhere)
{
	for (size_t gone = 0; gone < 3; gone++) {
		open_pool(8, 8);
		prove(A);
		for (size_t i = 0; i < 3; i++)
			keep(i, A, 0);
		pool_remove(pool, &connections[gone]);
		pool_remove(pool, &connections[gone]);
		cr_assert_eq(pool_kept(pool), 2);
		for (int i = 2; i >= 0; i--) {
			if ((size_t)i == gone)
				continue;
			cr_assert_eq(take(A, 0), i);
			pool_release(pool, connections[i].origin);
		}
		pool_release(pool, connections[gone].origin);
		pool_close(pool);
	}
}

Test(pool, origins_are_bounded_and_those_in_use_stay)
{
	struct origin *o;

	open_pool(8, 4);
	prove(A);
	keep(0, A, 0);
	for (int i = 0; i < 2000; i++) {
		char url[64];

		snprintf(url, sizeof url, "https://n%d.example/", i);
		prove(url);
	}
	cr_assert_eq(take(A, 0), 0, "one that is held is not forgotten");
	put_back(0, 0);
	keep(1, "https://n0.example/", 0);
	cr_assert_eq(take("https://n0.example/", 0), -1, "it was forgotten");
	keep(2, "https://n1999.example/", 0);
	cr_assert_eq(take("https://n1999.example/", 0), 2);
	put_back(2, 0);
	o = hold(B);
	pool_hold(pool, o);
	pool_release(pool, o);
	pool_release(pool, o);
	pool_close(pool);
}

Test(pool, as_many_origins_as_are_in_use)
{
	static struct origin *held[3000];
	char url[64];

	open_pool(8, 4);
	for (size_t i = 0; i < COUNT(held); i++) {
		snprintf(url, sizeof url, "https://n%zu.example/", i);
		held[i] = hold(url);
	}
	for (size_t i = 0; i < COUNT(held); i++) {
		snprintf(url, sizeof url, "https://n%zu.example/", i);
		cr_assert_eq(hold(url), held[i]);
		pool_release(pool, held[i]);
		pool_release(pool, held[i]);
	}
	pool_close(pool);
}
