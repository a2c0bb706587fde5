/* listen_state.c - how far postern listen has come, in a file that lasts. */
#include "cli/listen_state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "common/compiler.h"
#include "common/text.h"

#define HEAD "postern-listen-1\n"
#define FILE_MAX 1024
#define DONE_SIZE (2 * LISTEN_STATE_TEXT_MAX)
#define PART_MAX (LISTEN_STATE_NAME_MAX + 8)

struct listen_state_file {
	int place; /* the directory */
	int lock;  /* the file NAME.lock in it, which stays */
	int done;  /* NAME.done: the page's cursor and the last of it */
	char name[LISTEN_STATE_NAME_MAX], new_name[PART_MAX];
};

/* The lines of the file, and how long each value may be. */
static const struct line {
	const char *name;
	size_t at, size;
} lines[] = {
	{ "since ", offsetof(struct listen_state, since),
	    LISTEN_STATE_TEXT_MAX },
	{ "cursor ", offsetof(struct listen_state, cursor),
	    LISTEN_STATE_TEXT_MAX },
	{ "key ", offsetof(struct listen_state, key), SECRET_TEXT_LENGTH + 1 },
};

void
listen_state_name(const char *url, const char *forward,
    char name[LISTEN_STATE_NAME_MAX])
{
	unsigned char hash[16];
	crypto_generichash_state state;

	/* the NUL parts them */
	crypto_generichash_init(&state, NULL, 0, sizeof hash);
	crypto_generichash_update(&state, (const unsigned char *)url,
	    strlen(url) + 1);
	crypto_generichash_update(&state, (const unsigned char *)forward,
	    strlen(forward));
	crypto_generichash_final(&state, hash, sizeof hash);
	snprintf(name, LISTEN_STATE_NAME_MAX, "listen-");
	sodium_bin2hex(name + strlen(name), 2 * sizeof hash + 1, hash,
	    sizeof hash);
}

/* Each directory on the way, as mkdir -p does. */
static bool
make_directories(char *path)
{
	for (char *at = path + 1; *at != '\0'; at++) {
		int done;

		if (*at != '/')
			continue;
		*at = '\0';
		done = mkdir(path, 0700);
		*at = '/';
		if (done == -1 && errno != EEXIST)
			return false;
	}
	return mkdir(path, 0700) == 0 || errno == EEXIST;
}

static int
open_place(char *why, size_t why_size)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	char path[PATH_MAX];
	int fd = -1, n;

	/* one that is relative is to be ignored, says its specification */
	if (state != NULL && *state == '/')
		n = snprintf(path, sizeof path, "%s/postern", state);
	else
		n = snprintf(path, sizeof path, "%s/.local/state/postern",
		    home == NULL ? "" : home);
	if (n < (int)sizeof path && make_directories(path))
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		snprintf(why, why_size,
		    "%s: %s: set XDG_STATE_HOME to a directory that can be "
		    "written",
		    path, strerror(errno));
	return fd;
}

/* A file beside it, made if it is not there. */
static int
open_part(const struct listen_state_file *f, const char *ending)
{
	char name[PART_MAX];

	snprintf(name, sizeof name, "%s.%s", f->name, ending);
	return openat(f->place, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
	    0600);
}

static bool
lock_file(struct listen_state_file *f, char *why, size_t why_size)
{
	f->lock = open_part(f, "lock");
	f->done = open_part(f, "done");
	if (f->done == -1) {
		snprintf(why, why_size, "%s.done: %s", f->name,
		    strerror(errno));
		return false;
	}
	if (f->lock != -1 && flock(f->lock, LOCK_EX | LOCK_NB) == 0)
		return true;
	if (f->lock != -1 && errno == EWOULDBLOCK)
		snprintf(why, why_size,
		    "another postern listen does the same: --name gives this "
		    "one a cursor of its own");
	else
		snprintf(why, why_size, "%s.lock: %s", f->name,
		    strerror(errno));
	return false;
}

/* Read a value and the end of its line. */
static bool
take_line(const char **text, const struct line *line, char *to)
{
	size_t skip = strlen(line->name), n;

	if (strncmp(*text, line->name, skip) != 0)
		return false;
	*text += skip;
	n = strcspn(*text, "\n");
	if ((*text)[n] != '\n' || n >= line->size)
		return false;
	memcpy(to, *text, n);
	to[n] = '\0';
	*text += n + 1;
	return true;
}

static bool
parse(const char *text, struct listen_state *state)
{
	unsigned char bytes[SECRET_READ_MAX];
	size_t length;
	bool ok = strncmp(text, HEAD, strlen(HEAD)) == 0;

	if (ok)
		text += strlen(HEAD);
	for (size_t i = 0; ok && i < COUNT(lines); i++)
		ok = take_line(&text, &lines[i], (char *)state + lines[i].at);
	return ok && *text == '\0' &&
	    secret_read((struct text){ state->key, strlen(state->key) }, bytes,
		&length) == NULL;
}

static void
make_new(struct listen_state *state)
{
	unsigned char secret[SECRET_BYTES];

	*state = (struct listen_state){ .cursor = "" };
	secret_make(secret);
	secret_text(secret, state->key);
	sodium_memzero(secret, sizeof secret);
}

static bool
load(struct listen_state_file *f, struct listen_state *state, char *why,
    size_t why_size)
{
	char text[FILE_MAX];
	int fd = openat(f->place, f->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;
	bool ok;

	if (fd == -1 && errno == ENOENT) {
		make_new(state);
		return true;
	}
	n = fd == -1 ? -1 : read(fd, text, sizeof text - 1);
	if (n == -1)
		snprintf(why, why_size, "%s: %s", f->name, strerror(errno));
	else
		text[n] = '\0';
	ok = n != -1 && parse(text, state);
	if (n != -1 && !ok)
		snprintf(why, why_size,
		    "%s in the state directory is damaged: remove it, and "
		    "give --since, to begin anew",
		    f->name);
	if (fd != -1)
		close(fd);
	sodium_memzero(text, sizeof text);
	return ok;
}

bool
listen_state_peek(const char *name, struct listen_state *state, char *why,
    size_t why_size)
{
	struct listen_state_file f = { .place = open_place(why, why_size) };
	bool ok = false;

	snprintf(f.name, sizeof f.name, "%s", name);
	if (f.place != -1) {
		ok = load(&f, state, why, why_size);
		close(f.place);
	}
	return ok;
}

/* Always as long, so that one write replaces it as a whole. */
static void
write_done(const struct listen_state *state, char text[DONE_SIZE + 1])
{
	int n = snprintf(text, DONE_SIZE, "%s %s", state->cursor, state->last);

	snprintf(text + n, DONE_SIZE + 1 - (size_t)n, "%*s", DONE_SIZE - n,
	    "\n");
}

/* What is whole, and of the same page. */
static void
load_done(const struct listen_state_file *f, struct listen_state *state)
{
	char text[DONE_SIZE + 1] = "", again[DONE_SIZE + 1];
	const char *last = text + strlen(state->cursor) + 1;

	*state->last = '\0';
	if (pread(f->done, text, DONE_SIZE, 0) != DONE_SIZE)
		return;
	snprintf(state->last, sizeof state->last, "%.*s",
	    (int)strcspn(last, " \n"), last);
	write_done(state, again);
	if (memcmp(text, again, DONE_SIZE) != 0)
		*state->last = '\0';
}

struct listen_state_file *
listen_state_open(const char *name, struct listen_state *state, char *why,
    size_t why_size)
{
	struct listen_state_file *f = calloc(1, sizeof *f);

	if (f == NULL) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	f->lock = f->done = -1;
	snprintf(f->name, sizeof f->name, "%s", name);
	snprintf(f->new_name, sizeof f->new_name, "%s.new", name);
	f->place = open_place(why, why_size);
	if (f->place != -1 && lock_file(f, why, why_size) &&
	    load(f, state, why, why_size)) {
		load_done(f, state);
		return f;
	}
	listen_state_close(f);
	return NULL;
}

void
listen_state_close(struct listen_state_file *file)
{
	if (file == NULL)
		return;
	if (file->lock != -1)
		close(file->lock);
	if (file->done != -1)
		close(file->done);
	if (file->place != -1)
		close(file->place);
	free(file);
}

static size_t
write_text(const struct listen_state *state, char text[FILE_MAX])
{
	size_t n = (size_t)snprintf(text, FILE_MAX, "%s", HEAD);

	for (size_t i = 0; i < COUNT(lines); i++)
		n += (size_t)snprintf(text + n, FILE_MAX - n, "%s%s\n",
		    lines[i].name, (const char *)state + lines[i].at);
	return n;
}

bool
listen_state_save(struct listen_state_file *file,
    const struct listen_state *state, char *why, size_t why_size)
{
	char text[FILE_MAX];
	size_t n = write_text(state, text);
	int fd = openat(file->place, file->new_name,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool ok = fd != -1 && write(fd, text, n) == (ssize_t)n &&
	    fsync(fd) == 0 &&
	    renameat(file->place, file->new_name, file->place, file->name) ==
		0 &&
	    fsync(file->place) == 0;

	if (!ok)
		snprintf(why, why_size, "%s cannot be written: %s", file->name,
		    strerror(errno));
	if (fd != -1)
		close(fd);
	sodium_memzero(text, sizeof text);
	return ok;
}

bool
listen_state_note(struct listen_state_file *file,
    const struct listen_state *state, char *why, size_t why_size)
{
	char text[DONE_SIZE + 1];

	write_done(state, text);
	if (pwrite(file->done, text, DONE_SIZE, 0) == DONE_SIZE)
		return true;
	snprintf(why, why_size, "%s.done cannot be written: %s", file->name,
	    strerror(errno));
	return false;
}
