/* nearest.c - of some words the one that was probably meant. */
#include "common/nearest.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define WORD_MAX 32

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * How many letters must be put in, left out, changed or swapped with the next
 * (Damerau and Levenshtein), by rows of which only the last three are kept.
 */
static size_t
distance(const char *a, size_t n, const char *b, size_t m)
{
	size_t rows[3][WORD_MAX + 1];

	for (size_t j = 0; j <= m; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *now = rows[i % 3], *last = rows[(i + 2) % 3];

		now[0] = i;
		for (size_t j = 1; j <= m; j++) {
			bool same = a[i - 1] == b[j - 1];

			now[j] = least(least(last[j], now[j - 1]) + 1,
			    last[j - 1] + (same ? 0 : 1));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				now[j] =
				    least(now[j], rows[(i + 1) % 3][j - 2] + 1);
		}
	}
	return rows[n % 3][m];
}

const char *
nearest_word(const char *given, const char *const *words)
{
	size_t n = strlen(given), best = n / 3 + 1;
	const char *found = NULL, *longer = NULL;

	if (n == 0 || n > WORD_MAX)
		return NULL;
	for (; *words != NULL; words++) {
		size_t m = strlen(*words), d;

		if (longer == NULL && strncmp(*words, given, n) == 0)
			longer = *words;
		if (m > WORD_MAX)
			continue;
		d = distance(given, n, *words, m);
		if (d <= best && (found == NULL || d < best)) {
			best = d;
			found = *words;
		}
	}
	return longer != NULL ? longer : found;
}
