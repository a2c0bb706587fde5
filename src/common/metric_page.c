/* metric_page.c - the page of /metrics, from the lines of several sources. */
#include "common/metric_page.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/metric_list.h"

#define TOTAL_LENGTH (sizeof "_total" - 1)

/* A line, taken apart. */
struct sample {
	struct text name, labels, value; /* labels without braces */
	struct text process;
	size_t family, next; /* next of this family; 0: none, else 1 + index */
};

struct page {
	struct sample *samples;
	size_t count, capacity;
	size_t *first, *last; /* by family, as next */
};

static const char *const kinds[] = {
	[METRIC_COUNTER] = "counter",
	[METRIC_GAUGE] = "gauge",
	[METRIC_HISTOGRAM] = "histogram",
};

/* Up to the brace that ends the labels; false: they do not end. */
static bool
take_labels(struct text *rest, struct text *labels)
{
	bool quoted = false;
	size_t i = 0;

	while (i < rest->length && (quoted || rest->start[i] != '}')) {
		if (rest->start[i] == '"')
			quoted = !quoted;
		i += quoted && rest->start[i] == '\\' ? 2 : 1;
	}
	if (i >= rest->length)
		return false;
	*labels = (struct text){ rest->start, i };
	rest->start += i + 1;
	rest->length -= i + 1;
	return true;
}

static bool
is_value(struct text value)
{
	for (size_t i = 0; i < value.length; i++)
		if (strchr("+-.0123456789efnaInN", value.start[i]) == NULL)
			return false;
	return value.length > 0;
}

static bool
parse_sample(struct text line, struct sample *s)
{
	*s = (struct sample){ .name = text_take_until(&line, "{ ") };
	s->family = metric_list_find(s->name);
	if (s->family == metric_family_count)
		return false;
	if (text_take_byte(&line, '{') && !take_labels(&line, &s->labels))
		return false;
	s->value = line;
	return text_take_byte(&s->value, ' ') && is_value(s->value);
}

/* False: memory is short. */
static bool
add_sample(struct page *p, const struct sample *s)
{
	size_t *link;

	if (p->count == p->capacity) {
		size_t more = p->capacity == 0 ? 1024 : 2 * p->capacity;
		struct sample *grown =
		    reallocarray(p->samples, more, sizeof *grown);

		if (grown == NULL)
			return false;
		p->samples = grown;
		p->capacity = more;
	}
	p->samples[p->count++] = *s;
	link = p->first[s->family] == 0
	    ? &p->first[s->family]
	    : &p->samples[p->last[s->family] - 1].next;
	*link = p->last[s->family] = p->count;
	return true;
}

static bool
add_source(struct page *p, const struct metric_source *source)
{
	struct text rest = source->lines;
	struct sample s;

	while (rest.length > 0) {
		struct text line = text_take_until(&rest, "\n");

		(void)text_take_byte(&rest, '\n');
		if (!parse_sample(line, &s))
			continue;
		s.process = source->process;
		if (!add_sample(p, &s))
			return false;
	}
	return true;
}

static void
write_text(FILE *out, struct text text)
{
	if (text.length > 0)
		fwrite(text.start, 1, text.length, out);
}

/* What a host may be called is plain; all else is replaced. */
static void
write_process(FILE *out, struct text process)
{
	fputs("process=\"", out);
	for (size_t i = 0; i < process.length; i++) {
		char c = process.start[i];
		bool plain = (text_lower(c) >= 'a' && text_lower(c) <= 'z') ||
		    text_is_digit(c) || (c != '\0' && strchr(".:_-", c));

		fputc(plain ? c : '_', out);
	}
	fputc('"', out);
}

static void
write_sample(FILE *out, const struct sample *s)
{
	bool has_process = s->process.length > 0;

	write_text(out, s->name);
	if (has_process || s->labels.length > 0) {
		fputc('{', out);
		if (has_process)
			write_process(out, s->process);
		if (has_process && s->labels.length > 0)
			fputc(',', out);
		write_text(out, s->labels);
		fputc('}', out);
	}
	fputc(' ', out);
	write_text(out, s->value);
	fputc('\n', out);
}

/* OpenMetrics has _total in the samples of a counter, not in its name. */
static void
write_head(FILE *out, const struct metric_family *f, enum metric_format format)
{
	size_t length = strlen(f->name);

	if (format == METRIC_OPENMETRICS && f->kind == METRIC_COUNTER)
		length -= TOTAL_LENGTH;
	fprintf(out, "# HELP %.*s %s\n# TYPE %.*s %s\n", (int)length, f->name,
	    f->help, (int)length, f->name, kinds[f->kind]);
}

static void
write_page(FILE *out, const struct page *p, enum metric_format format)
{
	for (size_t f = 0; f < metric_family_count; f++) {
		if (p->first[f] == 0)
			continue;
		write_head(out, &metric_families[f], format);
		for (size_t i = p->first[f]; i != 0; i = p->samples[i - 1].next)
			write_sample(out, &p->samples[i - 1]);
	}
	if (format == METRIC_OPENMETRICS)
		fputs("# EOF\n", out);
}

char *
metric_page_make(const struct metric_source *sources, size_t count,
    enum metric_format format)
{
	struct page p = { .first = calloc(metric_family_count, sizeof *p.first),
		.last = calloc(metric_family_count, sizeof *p.last) };
	char *text = NULL;
	size_t size;
	FILE *out = NULL;
	bool ok = p.first != NULL && p.last != NULL;

	for (size_t i = 0; ok && i < count; i++)
		ok = add_source(&p, &sources[i]);
	if (ok)
		out = open_memstream(&text, &size);
	if (out != NULL) {
		write_page(out, &p, format);
		ok = fclose(out) == 0;
	}
	free(p.samples);
	free(p.first);
	free(p.last);
	if (ok)
		return text;
	free(text);
	return NULL;
}

enum metric_format
metric_page_format(const char *accept)
{
	return accept != NULL &&
		strstr(accept, "application/openmetrics-text") != NULL
	    ? METRIC_OPENMETRICS
	    : METRIC_TEXT;
}
