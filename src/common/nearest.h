/* nearest.h - of some words the one that was probably meant. */
#ifndef POSTERN_NEAREST_H
#define POSTERN_NEAREST_H

/*
 * The word that differs least from the given one, if it differs little, or the
 * first that begins with it. The list ends with NULL. NULL: none is near.
 */
const char *nearest_word(const char *given, const char *const *words);

#endif
