/* file_words.c - are there such words in the settings of another program? */
#include "cli/file_words.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES 4096

/* Where the line's end or its comment is. */
static size_t
length_of_line(const char *line)
{
	return strcspn(line, "#\n");
}

bool
file_words_in_text(const char *text, const char *words)
{
	const char *at = text;

	while ((at = strstr(at, words)) != NULL) {
		const char *line = at;

		while (line > text && line[-1] != '\n')
			line--;
		if (at < line + length_of_line(line))
			return true;
		at++;
	}
	return false;
}

bool
file_words_in(const char *path, const char *words)
{
	FILE *file = fopen(path, "re");
	char line[LINE_MAX_BYTES];
	bool found = false;

	while (file != NULL && !found && fgets(line, sizeof line, file) != NULL)
		found = file_words_in_text(line, words);
	if (file != NULL)
		fclose(file);
	return found;
}

bool
file_words_find(const char *const *patterns, const char *words, char *path,
    size_t path_size)
{
	bool found = false;

	for (; *patterns != NULL && !found; patterns++) {
		glob_t files = { .gl_pathc = 0 };

		if (glob(*patterns, 0, NULL, &files) == 0)
			for (size_t i = 0; i < files.gl_pathc && !found; i++) {
				found = file_words_in(files.gl_pathv[i], words);
				snprintf(path, path_size, "%s",
				    files.gl_pathv[i]);
			}
		globfree(&files);
	}
	return found;
}
