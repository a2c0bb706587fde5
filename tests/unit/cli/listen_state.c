/* listen_state.c - how far it has come is kept, and damage is not taken. */
#include "cli/listen_state.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

static char place[64], why[256];

static void
set_up(void)
{
	snprintf(place, sizeof place, "/tmp/postern.XXXXXX");
	cr_assert_not_null(mkdtemp(place));
	setenv("XDG_STATE_HOME", place, 1);
}

static void
tear_down(void)
{
	static const char *const names[] = { "/postern/a", "/postern/a.new",
		"/postern/a.lock", "/postern/a.done" };
	char path[128];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s%s", place, names[i]);
		unlink(path);
	}
	snprintf(path, sizeof path, "%s/postern", place);
	rmdir(path);
	rmdir(place);
}

TestSuite(listen_state, .init = set_up, .fini = tear_down);

static struct listen_state_file *
open_state(struct listen_state *state)
{
	struct listen_state_file *file =
	    listen_state_open("a", state, why, sizeof why);

	cr_assert_not_null(file, "%s", why);
	return file;
}

Test(listen_state, what_is_saved_is_there_again)
{
	struct listen_state state, again;
	struct listen_state_file *file = open_state(&state);
	struct stat st;
	char path[128];

	cr_assert_str_eq(state.cursor, "");
	cr_assert_eq(strlen(state.key), SECRET_TEXT_LENGTH);
	snprintf(state.cursor, sizeof state.cursor, "00ff");
	snprintf(state.last, sizeof state.last, "msg_1");
	cr_assert(listen_state_save(file, &state, why, sizeof why), "%s", why);
	cr_assert(listen_state_note(file, &state, why, sizeof why), "%s", why);
	listen_state_close(file);
	file = open_state(&again);
	cr_assert_str_eq(again.since, "");
	cr_assert_str_eq(again.cursor, "00ff");
	cr_assert_str_eq(again.last, "msg_1");
	cr_assert_str_eq(again.key, state.key);
	cr_assert(listen_state_peek("a", &again, why, sizeof why));
	cr_assert_str_eq(again.key, state.key);
	listen_state_close(file);
	snprintf(path, sizeof path, "%s/postern/a", place);
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0600);
}

Test(listen_state, what_was_done_of_another_page_is_forgotten)
{
	struct listen_state state, again;
	struct listen_state_file *file = open_state(&state);

	snprintf(state.cursor, sizeof state.cursor, "00ff");
	snprintf(state.last, sizeof state.last, "msg_long_enough");
	cr_assert(listen_state_note(file, &state, why, sizeof why));
	snprintf(state.last, sizeof state.last, "msg_1");
	cr_assert(listen_state_note(file, &state, why, sizeof why));
	cr_assert(listen_state_save(file, &state, why, sizeof why));
	listen_state_close(file);
	file = open_state(&again);
	cr_assert_str_eq(again.last, "msg_1");
	snprintf(state.cursor, sizeof state.cursor, "00fe");
	cr_assert(listen_state_save(file, &state, why, sizeof why));
	listen_state_close(file);
	listen_state_close(open_state(&again));
	cr_assert_str_eq(again.last, "");
}

Test(listen_state, what_was_half_written_is_forgotten)
{
	static const char *const halves[] = { "", "00ff", "00ff ", "00ff msg_1",
		"00ff msg_1\nx", "00f msg_1\n", "\n", "00ffmsg_1\n", NULL };
	struct listen_state state;
	struct listen_state_file *file = open_state(&state);
	char path[128];

	snprintf(state.cursor, sizeof state.cursor, "00ff");
	cr_assert(listen_state_save(file, &state, why, sizeof why));
	listen_state_close(file);
	snprintf(path, sizeof path, "%s/postern/a.done", place);
	for (size_t i = 0; halves[i] != NULL; i++) {
		FILE *f = fopen(path, "w");

		cr_assert_not_null(f);
		fputs(halves[i], f);
		fclose(f);
		listen_state_close(open_state(&state));
		cr_assert_str_eq(state.last, "", "%s", halves[i]);
	}
}

Test(listen_state, one_at_a_time)
{
	struct listen_state state;
	struct listen_state_file *file = open_state(&state);

	cr_assert_null(listen_state_open("a", &state, why, sizeof why));
	cr_assert_not_null(strstr(why, "another"));
	listen_state_close(file);
	listen_state_close(open_state(&state));
}

Test(listen_state, damage_is_not_taken_for_a_beginning)
{
	static const char *const damaged[] = { "", "postern-listen-1\n",
		"postern-listen-1\nsince \ncursor 00\nkey x\n",
		"postern-listen-2\nsince \ncursor 00\nkey "
		"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
		"postern-listen-1\nsince \ncursor 00\nkey "
		"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" };
	struct listen_state state;
	char path[128];

	listen_state_close(open_state(&state));
	snprintf(path, sizeof path, "%s/postern/a", place);
	for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
		FILE *f = fopen(path, "w");

		cr_assert_not_null(f);
		fputs(damaged[i], f);
		fclose(f);
		cr_assert_null(listen_state_open("a", &state, why, sizeof why));
		cr_assert_not_null(strstr(why, "damaged"), "%s", why);
	}
}

Test(listen_state, each_place_and_receiver_has_a_name_of_its_own)
{
	char one[LISTEN_STATE_NAME_MAX], other[LISTEN_STATE_NAME_MAX];

	listen_state_name("https://a", "http://b", one);
	listen_state_name("https://a", "http://b", other);
	cr_assert_str_eq(one, other);
	listen_state_name("https://ah", "ttp://b", other);
	cr_assert_str_neq(one, other);
	listen_state_name("https://a", "", other);
	cr_assert_str_neq(one, other);
}
