/* tls_sessions.c - which sessions are kept, for whom, and for how long. */
#include "http/tls_sessions.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

static struct tls_sessions *sessions;

static void
open_sessions(void)
{
	sessions = tls_sessions_open(100);
	cr_assert_not_null(sessions);
}

static void
close_sessions(void)
{
	tls_sessions_close(sessions);
}

TestSuite(tls_sessions, .init = open_sessions, .fini = close_sessions);

static void
keep(const char *host, unsigned port, bool once, long long until_ms,
    const char *bytes)
{
	tls_sessions_keep(sessions, host, port,
	    &(struct tls_session){ .until_ms = until_ms,
		.once = once,
		.bytes = (const unsigned char *)bytes,
		.length = strlen(bytes) });
}

/* What is found, used as it should be; "": nothing. */
static const char *
take(const char *host, unsigned port, long long now_ms)
{
	struct tls_session *found =
	    tls_sessions_find(sessions, host, port, now_ms);
	static char bytes[64];

	bytes[0] = '\0';
	if (found == NULL)
		return bytes;
	snprintf(bytes, sizeof bytes, "%.*s", (int)found->length,
	    (const char *)found->bytes);
	if (found->once)
		tls_sessions_remove(sessions, found);
	return bytes;
}

Test(tls_sessions, each_host_and_port_has_its_own)
{
	keep("a.test", 443, true, 100, "a");
	keep("a.test", 444, true, 100, "b");
	keep("b.test", 443, true, 100, "c");
	cr_assert_str_eq(take("c.test", 443, 0), "");
	cr_assert_str_eq(take("b.test", 443, 0), "c");
	cr_assert_str_eq(take("a.test", 443, 0), "a");
	cr_assert_str_eq(take("a.test", 444, 0), "b");
	cr_assert_eq(tls_sessions_count(sessions), 0);
}

Test(tls_sessions, what_serves_once_is_found_newest_first_and_once)
{
	keep("a.test", 443, true, 100, "old");
	keep("a.test", 443, true, 100, "new");
	cr_assert_str_eq(take("a.test", 443, 0), "new");
	cr_assert_str_eq(take("a.test", 443, 0), "old");
	cr_assert_str_eq(take("a.test", 443, 0), "");
}

Test(tls_sessions, what_serves_again_replaces_all_others)
{
	keep("a.test", 443, true, 100, "old");
	keep("a.test", 443, true, 100, "older");
	keep("a.test", 443, false, 100, "new");
	cr_assert_eq(tls_sessions_count(sessions), 1);
	cr_assert_str_eq(take("a.test", 443, 0), "new");
	cr_assert_str_eq(take("a.test", 443, 0), "new");
}

Test(tls_sessions, none_is_found_when_its_time_is_over)
{
	keep("a.test", 443, false, 100, "a");
	cr_assert_str_eq(take("a.test", 443, 99), "a");
	cr_assert_str_eq(take("a.test", 443, 100), "");
	cr_assert_eq(tls_sessions_count(sessions), 0);
}

Test(tls_sessions, one_host_has_a_few_at_most)
{
	char bytes[16];

	for (int i = 0; i < TLS_SESSIONS_EACH + 3; i++) {
		snprintf(bytes, sizeof bytes, "%d", i);
		keep("a.test", 443, true, 100, bytes);
	}
	cr_assert_eq(tls_sessions_count(sessions), TLS_SESSIONS_EACH);
	cr_assert_str_eq(take("a.test", 443, 0), bytes);
}

Test(tls_sessions, the_one_used_longest_ago_makes_room)
{
	char host[32];

	for (int i = 0; i < 100; i++) {
		snprintf(host, sizeof host, "%d.test", i);
		keep(host, 443, false, 100, "x");
	}
	cr_assert_str_eq(take("0.test", 443, 0), "x");
	keep("another.test", 443, false, 100, "x");
	cr_assert_eq(tls_sessions_count(sessions), 100);
	cr_assert_str_eq(take("1.test", 443, 0), "");
	cr_assert_str_eq(take("0.test", 443, 0), "x");
	cr_assert_str_eq(take("another.test", 443, 0), "x");
}

Test(tls_sessions, their_bytes_are_bounded)
{
	static char bytes[TLS_SESSION_BYTES_MAX + 2];
	char host[32];

	memset(bytes, 'x', sizeof bytes - 1);
	keep("long.test", 443, false, 100, bytes);
	cr_assert_eq(tls_sessions_count(sessions), 0);
	bytes[TLS_SESSION_BYTES_MAX] = '\0';
	for (int i = 0; i < 100; i++) {
		snprintf(host, sizeof host, "%d.test", i);
		keep(host, 443, false, 100, bytes);
	}
	cr_assert(tls_sessions_count(sessions) > 1);
	cr_assert(tls_sessions_count(sessions) * TLS_SESSION_BYTES_MAX <=
	    100 * TLS_SESSIONS_BYTES);
	cr_assert_str_neq(take("99.test", 443, 0), "");
}

Test(tls_sessions, a_host_is_forgotten_or_all_are)
{
	keep("a.test", 443, true, 100, "a");
	keep("a.test", 443, true, 100, "b");
	keep("a.test", 444, true, 100, "c");
	tls_sessions_forget(sessions, "a.test", 443);
	cr_assert_str_eq(take("a.test", 443, 0), "");
	cr_assert_eq(tls_sessions_count(sessions), 1);
	tls_sessions_clear(sessions);
	cr_assert_str_eq(take("a.test", 444, 0), "");
}

Test(tls_sessions, a_table_for_none_keeps_none)
{
	struct tls_sessions *none = tls_sessions_open(0);

	tls_sessions_keep(none, "a.test", 443,
	    &(struct tls_session){ .until_ms = 1, .length = 0 });
	cr_assert_eq(tls_sessions_count(none), 0);
	cr_assert_null(tls_sessions_find(none, "a.test", 443, 0));
	tls_sessions_close(none);
}
