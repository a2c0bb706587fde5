/* http_date.c - dates as HTTP writes them. */
#include "http/http_date.h"

#include <string.h>
#include <time.h>

struct date {
	unsigned year, month, day, hour, minute,
	    second; /* month, day: from 1 */
};

/*
 * The forms, a letter for what stands there: w and W the day's name, short and
 * long, M the month's, D a day of two digits, d one with a blank before it, Y
 * and y a year of four digits and of two, h, m and s the time. The rest stands
 * for itself.
 */
static const char *const forms[] = {
	"w, D M Y h:m:s GMT",
	"W, D-M-y h:m:s GMT",
	"w M d h:m:s Y",
};

static const char *const days[] = { "Monday", "Tuesday", "Wednesday",
	"Thursday", "Friday", "Saturday", "Sunday" };
static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

static bool
take_exactly(struct text *rest, const char *word, size_t n)
{
	if (rest->length < n || memcmp(rest->start, word, n) != 0)
		return false;
	rest->start += n;
	rest->length -= n;
	return true;
}

static bool
take_day_name(struct text *rest, bool whole)
{
	for (size_t i = 0; i < COUNT(days); i++)
		if (take_exactly(rest, days[i], whole ? strlen(days[i]) : 3))
			return true;
	return false;
}

static bool
take_month(struct text *rest, unsigned *month)
{
	for (size_t i = 0; i < COUNT(months); i++)
		if (take_exactly(rest, months[i], 3)) {
			*month = (unsigned)i + 1;
			return true;
		}
	return false;
}

/* So many digits, up to a limit. */
static bool
take_digits(struct text *rest, size_t n, unsigned limit, unsigned *out)
{
	unsigned value = 0;

	if (rest->length < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!text_is_digit(rest->start[i]))
			return false;
		value = value * 10 + (unsigned)(rest->start[i] - '0');
	}
	rest->start += n;
	rest->length -= n;
	*out = value;
	return value <= limit;
}

static bool
take_part(struct text *rest, char part, struct date *d)
{
	switch (part) {
	case 'w':
	case 'W':
		return take_day_name(rest, part == 'W');
	case 'M':
		return take_month(rest, &d->month);
	case 'd':
		return take_digits(rest, text_take_byte(rest, ' ') ? 1 : 2, 31,
		    &d->day);
	case 'D':
		return take_digits(rest, 2, 31, &d->day);
	case 'Y':
		return take_digits(rest, 4, 9999, &d->year);
	case 'y':
		return take_digits(rest, 2, 99, &d->year);
	case 'h':
		return take_digits(rest, 2, 23, &d->hour);
	case 'm':
		return take_digits(rest, 2, 59, &d->minute);
	case 's':
		return take_digits(rest, 2, 60, &d->second);
	default:
		return text_take_byte(rest, part);
	}
}

static bool
take_form(struct text text, const char *form, struct date *d)
{
	/* GMT, whose M is no month */
	size_t zone = strstr(form, "GMT") == NULL ? 0 : 3;
	const char *end = form + strlen(form) - zone;

	while (form < end)
		if (!take_part(&text, *form++, d))
			return false;
	return take_exactly(&text, "GMT", zone) && text.length == 0;
}

/* timegm takes the 31st of April for the 1st of May. */
static bool
to_seconds(const struct date *d, long long *seconds)
{
	struct tm tm = {
		.tm_year = (int)d->year - 1900,
		.tm_mon = (int)d->month - 1,
		.tm_mday = (int)d->day,
		.tm_hour = (int)d->hour,
		.tm_min = (int)d->minute,
	};
	long long minutes = timegm(&tm);

	*seconds = minutes + d->second;
	return tm.tm_mday == (int)d->day;
}

static long long
year_of(long long seconds)
{
	time_t t = (time_t)seconds;
	struct tm tm;

	return gmtime_r(&t, &tm) == NULL ? 1970 : tm.tm_year + 1900LL;
}

/* Not over 50 years ahead, else of the century before. */
static unsigned
whole_year(unsigned year, long long now)
{
	long long this_year = year_of(now);
	long long whole = this_year - this_year % 100 + 100 + year;

	while (whole > this_year + 50)
		whole -= 100;
	return (unsigned)whole;
}

bool
http_date_parse(struct text text, long long now, long long *seconds)
{
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct date d = { 0 };

		if (!take_form(text, forms[i], &d))
			continue;
		if (strchr(forms[i], 'y') != NULL)
			d.year = whole_year(d.year, now);
		return to_seconds(&d, seconds);
	}
	return false;
}
