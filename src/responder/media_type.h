/* media_type.h - is a body of this type, in UTF-8? */
#ifndef POSTERN_MEDIA_TYPE_H
#define POSTERN_MEDIA_TYPE_H

#include <stdbool.h>

/*
 * Does a Content-Type (RFC 9110, 8.3.1) mean this type and UTF-8? "utf8",
 * which is no registered name, is taken for it. Parameters other than charset
 * do not count; what is malformed means nothing. type is in lower case.
 */
bool media_type_is(const char *given, const char *type);

#endif
