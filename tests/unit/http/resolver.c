/* resolver.c - tests: names are looked up, whatever the name server does. */
#include "http/resolver.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "common/clock.h"
#include "common/compiler.h"
#include "name_stub.h"

#define NAMES_MAX 4096
#define DEADLINE_MS 20000
#define MUTE_NAMES 4000

static struct loop *loop;
static struct resolver *resolver;
static char hosts[] = "/tmp/postern-hosts-XXXXXX";
static char resolv_conf[] = "/tmp/postern-resolv-XXXXXX";

static const unsigned char quiet[OWNER_BYTES] = "quiet";
static const unsigned char heavy[OWNER_BYTES] = "heavy";

/* One look-up, and its answer in words. */
struct asked {
	struct resolver_query query;
	unsigned told;
	enum resolver_result result;
	size_t count;
	long long took_ms;
	char addresses[RESOLVER_ADDRESSES_MAX * 16];
};

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
}

static struct resolver_sources sources = {
	.hosts = hosts,
	.resolv_conf = resolv_conf,
};

static void
begin(void)
{
	close(mkstemp(hosts));
	close(mkstemp(resolv_conf));
	write_file(resolv_conf, "search example.net\nnameserver 127.0.0.1\n");
	write_file(hosts,
	    "# comment\n192.0.2.9 named-here named-too # more\n"
	    "2001:db8::9\tNamed-Here\nnonsense bad\n10.0.0.1\n");
	sources.port = name_stub_start();
	loop = loop_open();
	resolver = resolver_open_from(loop, NAMES_MAX, &sources);
	cr_assert_not_null(resolver);
}

static void
end(void)
{
	resolver_close(resolver);
	loop_close(loop);
	unlink(hosts);
	unlink(resolv_conf);
}

/* Short words: 192.0.2.7 is .7, 2001:db8::7 is :7. */
static void
add_word(struct asked *a, const struct resolver_address *from)
{
	char text[INET6_ADDRSTRLEN];
	size_t length = strlen(a->addresses);
	bool v4 = from->family == AF_INET;

	inet_ntop(from->family, &from->v6, text, sizeof text);
	snprintf(a->addresses + length, sizeof a->addresses - length, "%s%s",
	    length == 0 ? "" : " ", strrchr(text, v4 ? '.' : ':'));
}

static void
take(void *arg, enum resolver_result result,
    const struct resolver_address *addresses, size_t count, const char *why)
{
	struct asked *a = arg;

	a->told++;
	a->result = result;
	a->count = count;
	a->took_ms = clock_now_ms() - a->took_ms;
	a->addresses[0] = '\0';
	for (size_t i = 0; i < count; i++)
		add_word(a, &addresses[i]);
	cr_assert_eq(result == RESOLVER_OK, count > 0);
	cr_assert_eq(result == RESOLVER_OK, why == NULL);
}

static void
ask_for(struct asked *a, const char *name, const unsigned char *owner)
{
	memset(a, 0, sizeof *a);
	a->query = (struct resolver_query){ .answered = take, .arg = a };
	a->took_ms = clock_now_ms();
	resolver_ask(resolver, &a->query, name, owner);
}

static void
ask(struct asked *a, const char *name)
{
	ask_for(a, name, quiet);
}

static void
await(struct asked *a)
{
	long long until_ms = clock_now_ms() + DEADLINE_MS;

	while (a->told == 0) {
		loop_turn(loop, 100);
		cr_assert_lt(clock_now_ms(), until_ms, "no answer");
	}
	cr_assert_eq(a->told, 1);
}

static void
look_up(struct asked *a, const char *name)
{
	ask(a, name);
	await(a);
}

static const struct name_case {
	const char *name;
	enum resolver_result result;
	const char *addresses;
} name_cases[] = {
	{ "both.test", RESOLVER_OK, ":1 .1" },
	{ "v4.test", RESOLVER_OK, ".1 .2" },
	{ "v6.test", RESOLVER_OK, ":1 :2" },
	{ "none.test", RESOLVER_NO_NAME, "" },
	{ "empty.test", RESOLVER_NO_NAME, "" },
	{ "dangling.test", RESOLVER_NO_NAME, "" },
	{ "servfail.test", RESOLVER_FAILED, "" },
	{ "refused.test", RESOLVER_FAILED, "" },
	{ "formerr.test", RESOLVER_FAILED, "" },
	{ "chain.test", RESOLVER_OK, ".1" },
	{ "stumbles.test", RESOLVER_OK, ".1" },
	{ "lost.test", RESOLVER_OK, ".1" },
	{ "mute.test", RESOLVER_SILENT, "" },
	{ "mute6.test", RESOLVER_OK, ".1" },
	{ "mute4.test", RESOLVER_OK, ":1" },
	{ "liar-id.test", RESOLVER_OK, ".1" },
	{ "liar-name.test", RESOLVER_OK, ".1" },
	{ "liar-qr.test", RESOLVER_FAILED, "" },
	{ "named-here", RESOLVER_OK, ":9 .9" },
	{ "named-too", RESOLVER_OK, ".9" },
	{ "bad", RESOLVER_NO_NAME, "" },
	{ "localhost", RESOLVER_OK, ":1 .1" },
	{ "v4.localhost", RESOLVER_OK, ":1 .1" },
	{ "v4.onion", RESOLVER_NO_NAME, "" },
	{ "v4..test", RESOLVER_NO_NAME, "" },
};

Test(resolver, each_name_has_its_answer, .init = begin, .fini = end)
{
	static struct asked all[COUNT(name_cases)];

	for (size_t i = 0; i < COUNT(all); i++)
		ask(&all[i], name_cases[i].name);
	for (size_t i = 0; i < COUNT(all); i++) {
		const struct name_case *c = &name_cases[i];

		await(&all[i]);
		cr_expect_eq(all[i].result, c->result, "%s: %d", c->name,
		    (int)all[i].result);
		cr_expect_str_eq(all[i].addresses, c->addresses, "%s: %s",
		    c->name, all[i].addresses);
	}
	cr_expect_eq(name_stub_asked("named-here"), 0);
}

Test(resolver, an_answer_too_long_comes_over_tcp_and_is_cut, .init = begin,
    .fini = end)
{
	struct asked a;

	look_up(&a, "many.test");
	cr_expect_eq(a.result, RESOLVER_OK);
	cr_expect_eq(a.count, RESOLVER_ADDRESSES_MAX);
	cr_expect_eq(strncmp(a.addresses, ":1 .1 :2 .2 ", 12), 0);
	cr_expect_eq(name_stub_tcp(), 2);
}

Test(resolver, a_silent_family_does_not_hold_up_the_other, .init = begin,
    .fini = end)
{
	struct asked both, silent;

	look_up(&both, "both.test");
	look_up(&silent, "mute6.test");
	cr_expect_geq(silent.took_ms, RESOLVER_AWAIT_V6_MS);
	cr_expect_lt(silent.took_ms, 1000);
	look_up(&silent, "mute4.test");
	cr_expect_geq(silent.took_ms, RESOLVER_AWAIT_V4_MS);
	cr_expect_lt(silent.took_ms, 1900);
}

Test(resolver, silence_is_given_two_tries, .init = begin, .fini = end)
{
	struct asked a;

	look_up(&a, "mute.test");
	cr_expect_eq(name_stub_asked("mute"), 4);
	cr_expect_geq(a.took_ms, 4000);
	cr_expect_lt(a.took_ms, 8000);
}

Test(resolver, what_is_known_is_answered_at_once, .init = begin, .fini = end)
{
	const char *names[] = { "both", "ttl0", "chain", "none", "servfail" };
	char name[32];
	struct asked a;
	unsigned asked;

	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(name, sizeof name, "%s.test", names[i]);
		look_up(&a, name);
		asked = name_stub_asked(names[i]);
		ask(&a, name);
		cr_expect_eq(a.told, 1, "%s", name);
		cr_expect_eq(name_stub_asked(names[i]), asked);
	}
}

Test(resolver, a_time_to_live_ends, .init = begin, .fini = end)
{
	long long until_ms;
	struct asked a;

	look_up(&a, "ttl0.test");
	until_ms = clock_now_ms() + RESOLVER_TTL_MIN_S * 1000LL;
	do {
		loop_turn(loop, 100);
		ask(&a, "ttl0.test");
	} while (a.told > 0 && clock_now_ms() < until_ms + DEADLINE_MS);
	cr_expect_geq(clock_now_ms(), until_ms - 200);
	await(&a);
	cr_expect_eq(name_stub_asked("ttl0"), 4);
}

Test(resolver, a_reload_forgets, .init = begin, .fini = end)
{
	struct asked a;

	look_up(&a, "both.test");
	write_file(hosts, "192.0.2.77 both.test\n");
	ask(&a, "both.test");
	cr_expect_str_eq(a.addresses, ":1 .1");
	resolver_reload(resolver);
	look_up(&a, "both.test");
	cr_expect_str_eq(a.addresses, ".77");
	write_file(hosts, "");
	resolver_reload(resolver);
	look_up(&a, "both.test");
	cr_expect_str_eq(a.addresses, ":1 .1");
	cr_expect_eq(name_stub_asked("both"), 4);
}

/* Nobody answers at 127.0.0.2. */
Test(resolver, a_change_of_resolv_conf_is_noticed, .init = begin, .fini = end)
{
	long long until_ms = clock_now_ms() + DEADLINE_MS;
	unsigned number = 0;
	char name[32];
	struct asked a;

	look_up(&a, "v4.test");
	write_file(resolv_conf, "nameserver 127.0.0.2\n");
	do {
		snprintf(name, sizeof name, "v4-%u.test", number++);
		look_up(&a, name);
		loop_turn(loop, 20);
	} while (a.result == RESOLVER_OK && clock_now_ms() < until_ms);
	cr_expect_eq(a.result, RESOLVER_FAILED);
	write_file(resolv_conf, "nameserver 127.0.0.1\n");
	resolver_reload(resolver);
	look_up(&a, name);
	cr_expect_eq(a.result, RESOLVER_OK);
}

Test(resolver, a_silent_server_is_not_asked_first_for_long, .init = begin,
    .fini = end)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons(sources.port) };
	int silent = socket(AF_INET, SOCK_DGRAM, 0);
	struct asked a;

	cr_assert_eq(inet_pton(AF_INET, "127.0.0.2", &address.sin_addr), 1);
	cr_assert_eq(bind(silent, (struct sockaddr *)&address, sizeof address),
	    0);
	write_file(resolv_conf, "nameserver 127.0.0.2\nnameserver 127.0.0.1\n");
	look_up(&a, "v4.test");
	cr_expect_eq(a.result, RESOLVER_OK);
	cr_expect_geq(a.took_ms, 2000);
	look_up(&a, "both.test");
	cr_expect_eq(a.result, RESOLVER_OK);
	cr_expect_lt(a.took_ms, 1900);
	close(silent);
}

Test(resolver, equal_questions_are_asked_once, .init = begin, .fini = end)
{
	static struct asked all[100];

	for (size_t i = 0; i < COUNT(all); i++)
		ask(&all[i], "both.test");
	for (size_t i = 0; i < COUNT(all); i++)
		await(&all[i]);
	cr_expect_eq(name_stub_asked("both"), 2);
}

Test(resolver, what_is_withdrawn_is_not_answered, .init = begin, .fini = end)
{
	struct asked a, b, c;

	ask(&a, "both.test");
	ask(&b, "both.test");
	ask(&c, "both.test");
	resolver_withdraw(resolver, &b.query);
	await(&a);
	await(&c);
	resolver_withdraw(resolver, &a.query);
	cr_expect_eq(b.told, 0);
	ask(&b, "mute.test");
	resolver_withdraw(resolver, &b.query);
	ask(&b, "mute.test");
}

static void
take_and_withdraw(void *arg, enum resolver_result result,
    const struct resolver_address *addresses, size_t count, const char *why)
{
	struct asked *a = arg;

	take(a, result, addresses, count, why);
	resolver_withdraw(resolver, &a[1].query);
	resolver_withdraw(resolver, &a[-1].query);
	ask(&a[2], "v4.test");
}

Test(resolver, who_is_answered_may_ask_and_withdraw, .init = begin, .fini = end)
{
	struct asked a[4];

	for (int i = 0; i < 3; i++)
		ask(&a[i], "both.test");
	resolver_withdraw(resolver, &a[2].query);
	ask(&a[2], "both.test");
	a[1].query.answered = take_and_withdraw;
	await(&a[1]);
	await(&a[3]);
	cr_expect_str_eq(a[3].addresses, ".1 .2");
}

Test(resolver, ports_are_used_for_some_questions_alone, .init = begin,
    .fini = end)
{
	static struct asked all[400];
	char name[32];

	for (size_t i = 0; i < COUNT(all); i++) {
		snprintf(name, sizeof name, "v4-%zu.test", i);
		ask(&all[i], name);
	}
	for (size_t i = 0; i < COUNT(all); i++)
		await(&all[i]);
	/* The kernel draws them: one may come twice. */
	cr_expect_leq(name_stub_port_uses(), 2 * 64);
	cr_expect_geq(name_stub_ports(), COUNT(all) * 2 / 64 - 2);
}

/* How long so many names take, with as many unanswered ones before. */
static long long
time_names(struct asked *all, size_t count, const char *silent)
{
	long long began_ms = clock_now_ms();
	static unsigned nth;
	char name[32];

	for (size_t i = 0; i < count; i++) {
		snprintf(name, sizeof name, "%s-%u.test",
		    i % 2 == 1 ? "v4" : silent, nth++);
		ask(&all[i], name);
	}
	for (size_t i = 1; i < count; i += 2)
		await(&all[i]);
	return clock_now_ms() - began_ms;
}

Test(resolver, silence_costs_others_little, .init = begin, .fini = end)
{
	static struct asked all[6][2000];
	long long with = 0, without = 0;

	for (int i = 0; i < 6; i += 2) {
		without += time_names(all[i], COUNT(all[i]), "none");
		with += time_names(all[i + 1], COUNT(all[i + 1]), "mute");
	}
	cr_expect_lt(with, 5 * without + 1000, "%lld ms, without %lld", with,
	    without);
}

Test(resolver, who_asks_much_holds_up_no_other, .init = begin, .fini = end)
{
	static struct asked many[MUTE_NAMES], one;
	char name[32];

	for (unsigned i = 0; i < MUTE_NAMES; i++) {
		snprintf(name, sizeof name, "mute-%u.test", i);
		ask_for(&many[i], name, heavy);
	}
	ask_for(&one, "v4.test", quiet);
	await(&one);
	cr_expect_lt(name_stub_asked("mute"), MUTE_NAMES,
	    "most of what was asked before is still to be asked");
}
