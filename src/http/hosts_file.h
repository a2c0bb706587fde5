/*
 * hosts_file.h - the names of /etc/hosts, kept in memory.
 *
 * The C library reads the file at each look-up; here it is read when it has
 * changed, which is noticed within FILE_STAMP_CHECK_MS.
 */
#ifndef POSTERN_HTTP_HOSTS_FILE_H
#define POSTERN_HTTP_HOSTS_FILE_H

#include <stdbool.h>

#include "common/compiler.h"
#include "http/name_answer.h"

struct hosts_file;

/* The path is borrowed. NULL when memory is short. Pair with close. */
MUST_CHECK struct hosts_file *hosts_file_open(const char *path);
void hosts_file_close(struct hosts_file *h);

/* False: it is not in the file. Names are in lower case. */
bool hosts_file_find(struct hosts_file *h, const char *name, long long now_ms,
    struct name_answer *answer);

/* Read it again at the next call. */
void hosts_file_reload(struct hosts_file *h);

#endif
