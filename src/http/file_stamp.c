/* file_stamp.c - notices that a file has changed, without asking each time. */
#include "http/file_stamp.h"

#include <string.h>
#include <sys/stat.h>

static struct file_stamp
take_stamp(const char *path, long long now_ms)
{
	struct file_stamp s = { .looked = true, .looked_ms = now_ms };
	struct stat st;

	if (stat(path, &st) != 0)
		return s;
	s.device = st.st_dev;
	s.inode = st.st_ino;
	s.size = st.st_size;
	s.changed = st.st_ctim;
	return s;
}

bool
file_stamp_changed(struct file_stamp *s, const char *path, long long now_ms)
{
	struct file_stamp was = *s;

	if (was.looked && now_ms - was.looked_ms < FILE_STAMP_CHECK_MS)
		return false;
	*s = take_stamp(path, now_ms);
	return !was.looked || s->device != was.device ||
	    s->inode != was.inode || s->size != was.size ||
	    s->changed.tv_sec != was.changed.tv_sec ||
	    s->changed.tv_nsec != was.changed.tv_nsec;
}

void
file_stamp_forget(struct file_stamp *s)
{
	memset(s, 0, sizeof *s);
}
