/* file_stamp.h - notices that a file has changed, without asking each time. */
#ifndef POSTERN_HTTP_FILE_STAMP_H
#define POSTERN_HTTP_FILE_STAMP_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#define FILE_STAMP_CHECK_MS 5000 /* the file system is asked so often at most */

/* What a file was when last looked at; zeroed: never. */
struct file_stamp {
	bool looked;
	long long looked_ms;
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec changed;
};

/*
 * Is the file another than when last looked at? True the first time. A file
 * that is not there is like any other that stays the same.
 */
bool file_stamp_changed(struct file_stamp *s, const char *path,
    long long now_ms);

/* Look again at the next call, and say true. */
void file_stamp_forget(struct file_stamp *s);

#endif
