/* http_date.h - dates as HTTP writes them. */
#ifndef POSTERN_HTTP_DATE_H
#define POSTERN_HTTP_DATE_H

#include "common/compiler.h"
#include "common/text.h"

/*
 * Seconds since 1970 of an HTTP-date in any of its three forms (RFC 9110,
 * 5.6.7), to the letter; but the name of the day may be wrong. now says in
 * which century the form with two digits is. False: it is none.
 */
MUST_CHECK bool http_date_parse(struct text text, long long now,
    long long *seconds);

#endif
