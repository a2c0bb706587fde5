/* punycode.c - characters beyond ASCII as letters and digits (RFC 3492). */
#include "responder/punycode.h"

/* Section 5: how Punycode fixes what Bootstring leaves open. */
#define BASE 36
#define T_MIN 1
#define T_MAX 26
#define SKEW 38
#define DAMP 700
#define BIAS 72
#define FIRST 0x80 /* the first code point that is not as it is */
#define LAST 0x10ffff

struct output {
	char *at, *end; /* end has room for the NUL */
};

static bool
put(struct output *out, char c)
{
	if (out->at == out->end)
		return false;
	*out->at++ = c;
	return true;
}

static bool
put_digit(struct output *out, uint32_t digit)
{
	return put(out,
	    (char)(digit < 26 ? 'a' + (int)digit : '0' + (int)digit - 26));
}

/* A number in digits of which each says whether it is the last. */
static bool
put_number(struct output *out, uint32_t number, uint32_t bias)
{
	for (uint32_t k = BASE;; k += BASE) {
		uint32_t t = k <= bias + T_MIN ? T_MIN
		    : k >= bias + T_MAX        ? T_MAX
					       : k - bias;

		if (number < t)
			return put_digit(out, number);
		if (!put_digit(out, t + (number - t) % (BASE - t)))
			return false;
		number = (number - t) / (BASE - t);
	}
}

static uint32_t
adapt(uint32_t delta, size_t count, bool first)
{
	uint32_t k = 0;

	delta /= first ? DAMP : 2;
	delta += delta / (uint32_t)count;
	for (; delta > (BASE - T_MIN) * T_MAX / 2; k += BASE)
		delta /= BASE - T_MIN;
	return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

/* The lowest that is not below this; past LAST: there is none. */
static uint32_t
lowest_from(const uint32_t *points, size_t count, uint32_t from)
{
	uint32_t lowest = LAST + 1;

	for (size_t i = 0; i < count; i++)
		if (points[i] >= from && points[i] < lowest)
			lowest = points[i];
	return lowest;
}

/* ASCII, and a hyphen behind it if there is any; how many. False: no room. */
static bool
put_ascii(struct output *out, const uint32_t *points, size_t count, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < count; i++) {
		if (points[i] >= FIRST)
			continue;
		if (!put(out, (char)points[i]))
			return false;
		++*n;
	}
	return *n == 0 || put(out, '-');
}

/* Section 6.3. Labels are short: what is counted fits 32 bits. */
static bool
put_rest(struct output *out, const uint32_t *points, size_t count, size_t ascii)
{
	uint32_t from = FIRST, delta = 0, bias = BIAS;
	size_t done = ascii;

	for (; done < count; from++, delta++) {
		uint32_t next = lowest_from(points, count, from);

		if (next > LAST)
			return false;
		delta += (next - from) * (uint32_t)(done + 1);
		from = next;
		for (size_t i = 0; i < count; i++) {
			if (points[i] < from)
				delta++;
			if (points[i] != from)
				continue;
			if (!put_number(out, delta, bias))
				return false;
			bias = adapt(delta, done + 1, done == ascii);
			delta = 0;
			done++;
		}
	}
	return true;
}

bool
punycode_encode(const uint32_t *points, size_t count, char *to, size_t size)
{
	struct output out = { to, to + size - 1 };
	size_t ascii;

	if (count > PUNYCODE_POINTS_MAX ||
	    !put_ascii(&out, points, count, &ascii) ||
	    !put_rest(&out, points, count, ascii))
		return false;
	*out.at = '\0';
	return true;
}
