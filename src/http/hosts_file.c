/* hosts_file.c - the names of /etc/hosts, kept in memory. */
#include "http/hosts_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "http/file_stamp.h"
#include "http/name_table.h"

#define NAME_MAX_LENGTH 255
#define NAMES_MAX 65536 /* of a larger file the last ones */

struct hosts_file {
	const char *path;
	struct file_stamp stamp;
	struct name_table *names; /* NULL: none could be read */
};

struct hosts_file *
hosts_file_open(const char *path)
{
	struct hosts_file *h = calloc(1, sizeof *h);

	if (h != NULL)
		h->path = path;
	return h;
}

void
hosts_file_close(struct hosts_file *h)
{
	if (h == NULL)
		return;
	name_table_close(h->names);
	free(h);
}

/* A name has each address of the lines that it is on. */
static void
add_name(struct name_table *names, struct text word,
    const struct resolver_address *address)
{
	static const unsigned char owner[OWNER_BYTES]; /* all is one's */
	struct name_answer a;
	char name[NAME_MAX_LENGTH + 1];
	struct name_entry *e;

	if (word.length >= sizeof name)
		return;
	for (size_t i = 0; i < word.length; i++)
		name[i] = text_lower(word.start[i]);
	name[word.length] = '\0';
	e = name_table_get(names, name, owner);
	if (e == NULL || e->count == RESOLVER_ADDRESSES_MAX)
		return;
	name_entry_read(e, &a);
	a.addresses[a.count++] = *address;
	if (!name_entry_set(e, &a))
		return;
}

static struct text
take_word(struct text *rest)
{
	while (rest->length > 0 && strchr(" \t\r\n", *rest->start) != NULL) {
		rest->start++;
		rest->length--;
	}
	return text_take_until(rest, " \t\r\n");
}

static void
read_line(struct name_table *names, struct text line)
{
	struct text rest = text_take_until(&line, "#"), word;
	struct resolver_address address;

	if (!resolver_address_parse(take_word(&rest), &address))
		return;
	while ((word = take_word(&rest)).length > 0)
		add_name(names, word, &address);
}

static void
read_names(struct hosts_file *h)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;
	FILE *f = fopen(h->path, "re");

	name_table_close(h->names);
	h->names = NULL;
	if (f == NULL)
		return;
	h->names = name_table_open(NAMES_MAX);
	while (h->names != NULL && (length = getline(&line, &size, f)) > 0)
		read_line(h->names, (struct text){ line, (size_t)length });
	free(line);
	fclose(f);
}

bool
hosts_file_find(struct hosts_file *h, const char *name, long long now_ms,
    struct name_answer *answer)
{
	const struct name_entry *e;

	if (file_stamp_changed(&h->stamp, h->path, now_ms))
		read_names(h);
	e = h->names == NULL ? NULL : name_table_find(h->names, name);
	if (e == NULL || e->count == 0)
		return false;
	name_entry_read(e, answer);
	return true;
}

void
hosts_file_reload(struct hosts_file *h)
{
	file_stamp_forget(&h->stamp);
}
