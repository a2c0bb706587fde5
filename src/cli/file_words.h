/* file_words.h - are there such words in the settings of another program? */
#ifndef POSTERN_FILE_WORDS_H
#define POSTERN_FILE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"

/* In this text, in a line of it and not behind a #? */
MUST_CHECK bool file_words_in_text(const char *text, const char *words);

/* In this file? One that cannot be read has none. */
MUST_CHECK bool file_words_in(const char *path, const char *words);

/*
 * In one of the files of these patterns of glob(7), which end with NULL? path
 * is then the first of them.
 */
MUST_CHECK bool file_words_find(const char *const *patterns, const char *words,
    char *path, size_t path_size);

#endif
