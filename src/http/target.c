/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "http/target.h"

#include <string.h>

/* The octet that the escape at p stands for; -1: it is none. */
static int
escaped(const char *p, gsize left)
{
	int high, low;

	if (left < 3)
		return -1;
	high = g_ascii_xdigit_value(p[1]);
	low = g_ascii_xdigit_value(p[2]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* The text that raw stands for. NULL: it has what must not be in it. The caller's. */
static char *
decode(const char *raw, gsize len, gboolean is_path)
{
	g_autoptr(GString) out = g_string_sized_new(len);

	for (gsize i = 0; i < len; i++) {
		int c = (guchar) raw[i];

		if (c == '%') {
			c = escaped(raw + i, len - i);
			i += 2;
			if (c < 0 || (is_path && c == '/'))
				return NULL;
		} else if (c <= ' ' || c == 0x7f) {
			return NULL;
		}
		/* a note may have lines; nothing has other controls */
		if (c == 0x7f || (c < ' ' && (is_path || strchr("\t\n\r", c) == NULL || c == '\0')))
			return NULL;
		g_string_append_c(out, (char) c);
	}
	if (!g_utf8_validate(out->str, (gssize) out->len, NULL))
		return NULL;
	return g_string_free(g_steal_pointer(&out), FALSE);
}

static CaromStatus
read_segments(const char *p, const char *end, CaromTarget *out, GError **err)
{
	while (p < end) {
		const char *begin = p + 1, *slash = memchr(begin, '/', (gsize) (end - begin));
		char *segment;

		p = slash ? slash : end;
		/* a slash at the end says no more */
		if (p == begin && p == end)
			break;
		if (p == begin)
			return carom_status_fail(err, CAROM_MALFORMED,
						 "the path has an empty segment");
		if (out->n_segments == CAROM_TARGET_SEGMENTS)
			return carom_status_fail(err, CAROM_MALFORMED,
						 "the path has more than %d segments",
						 CAROM_TARGET_SEGMENTS);
		segment = decode(begin, (gsize) (p - begin), TRUE);
		if (segment == NULL || strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0) {
			g_free(segment);
			return carom_status_fail(err, CAROM_MALFORMED,
						 "segment %u of the path is not percent-encoded "
						 "UTF-8 without controls and slashes",
						 out->n_segments + 1);
		}
		out->segments[out->n_segments++] = segment;
	}
	return CAROM_OK;
}

static CaromStatus
add_parameter(CaromTarget *out, const char *p, const char *end, GError **err)
{
	const char *sign = memchr(p, '=', (gsize) (end - p));
	const char *name_end = sign ? sign : end;
	CaromParameter *parameter;

	if (out->n_parameters == CAROM_TARGET_PARAMETERS)
		return carom_status_fail(err, CAROM_MALFORMED,
					 "the query has more than %d parameters",
					 CAROM_TARGET_PARAMETERS);
	parameter = &out->parameters[out->n_parameters++];
	parameter->name = decode(p, (gsize) (name_end - p), TRUE);
	parameter->value = sign ? decode(sign + 1, (gsize) (end - sign - 1), FALSE) : g_strdup("");
	if (parameter->name == NULL || *parameter->name == '\0' || parameter->value == NULL)
		return carom_status_fail(err, CAROM_MALFORMED,
					 "parameter %u of the query is not percent-encoded UTF-8 "
					 "without controls",
					 out->n_parameters);
	for (guint i = 0; i + 1 < out->n_parameters; i++)
		if (strcmp(out->parameters[i].name, parameter->name) == 0)
			return carom_status_fail(err, CAROM_MALFORMED,
						 "parameter %u of the query is there already",
						 out->n_parameters);
	return CAROM_OK;
}

CaromStatus
carom_target_read(const char *raw, CaromTarget *out, GError **err)
{
	const gsize len = strlen(raw);
	const char *end = raw + len, *mark = strchr(raw, '?');
	CaromStatus status;

	memset(out, 0, sizeof *out);
	if (len > CAROM_TARGET_MAX)
		return carom_status_fail(err, CAROM_MALFORMED, "the target has more than %d octets",
					 CAROM_TARGET_MAX);
	if (*raw != '/' || strchr(raw, '#') != NULL)
		return carom_status_fail(err, CAROM_MALFORMED,
					 "the target is no path that begins with a slash");
	status = read_segments(raw, mark ? mark : end, out, err);
	for (const char *p = mark; status == CAROM_OK && p != NULL && p + 1 < end;) {
		const char *begin = p + 1;

		p = strchr(begin, '&');
		status = add_parameter(out, begin, p ? p : end, err);
	}
	return status;
}

void
carom_target_clear(CaromTarget *target)
{
	for (guint i = 0; i < target->n_segments; i++)
		g_free(target->segments[i]);
	for (guint i = 0; i < target->n_parameters; i++) {
		g_free(target->parameters[i].name);
		g_free(target->parameters[i].value);
	}
	memset(target, 0, sizeof *target);
}
