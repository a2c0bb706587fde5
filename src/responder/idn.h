/* idn.h - the ASCII form of a host name in other letters (IDNA). */
#ifndef POSTERN_IDN_H
#define POSTERN_IDN_H

#include "common/compiler.h"
#include "common/text.h"

#define IDN_NAME_MAX 253 /* bytes in ASCII, without a last dot */

/*
 * Write a name in UTF-8 with "xn--" labels (RFC 5890, 5891). Upper-case ASCII
 * becomes lower case; nothing else is mapped or composed. Of letters beyond
 * ASCII only those are known that have one form under any version of IDNA: of
 * Latin, Greek, Cyrillic, Armenian, Georgian, Japanese, Chinese and Korean, in
 * lower case, without combining marks. False: it has others, or is no name;
 * then nothing can be said of its form.
 */
MUST_CHECK bool idn_to_ascii(struct text name, char ascii[IDN_NAME_MAX + 1]);

#endif
