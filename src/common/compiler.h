/* compiler.h - words for the compiler: results to check, lengths of arrays. */
#ifndef POSTERN_COMPILER_H
#define POSTERN_COMPILER_H

/* Before a declaration: a caller that drops the result is warned. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* How many elements an array has; not for a pointer. */
#define COUNT(array) (sizeof(array) / sizeof *(array))

#endif
