/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/text_input.h"

#include <string.h>

enum { UNKNOWN, UTF_8, UTF_16_LITTLE, UTF_16_BIG };

#define NO_UNICODE "\xff"

void
carom_text_input_init(CaromTextInput *input, CaromTextSink sink, void *user)
{
	*input = (CaromTextInput){ .sink = sink, .user = user };
}

void
carom_text_input_clear(CaromTextInput *input)
{
	if (input->converted != NULL)
		g_string_free(input->converted, TRUE);
	input->converted = NULL;
}

static guint
unit_at(const CaromTextInput *input, const guint8 *p)
{
	return input->form == UTF_16_BIG ? (guint) p[0] << 8 | p[1] : (guint) p[1] << 8 | p[0];
}

static void
add_unichar(GString *out, gunichar c)
{
	char utf8[6];

	g_string_append_len(out, utf8, g_unichar_to_utf8(c, utf8));
}

/* Converts a character at p of n octets; how many were used, 0: more are needed. */
static gsize
convert_one(CaromTextInput *input, const guint8 *p, gsize n)
{
	guint high, low;

	if (n < 2)
		return 0;
	high = unit_at(input, p);
	if (high < 0xd800 || high > 0xdfff) {
		add_unichar(input->converted, high);
		return 2;
	}
	if (high > 0xdbff) { /* the second half of a pair, without its first */
		g_string_append(input->converted, NO_UNICODE);
		return 2;
	}
	if (n < 4)
		return 0;
	low = unit_at(input, p + 2);
	if (low < 0xdc00 || low > 0xdfff) {
		g_string_append(input->converted, NO_UNICODE);
		return 2;
	}
	add_unichar(input->converted, 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
	return 4;
}

static void
hold(CaromTextInput *input, const guint8 *p, gsize n)
{
	memmove(input->held, p, n);
	input->n_held = (guint) n;
}

/* Hands on n bytes, of which a character's first may stay for the next time. */
static CaromStatus
hand_on(CaromTextInput *input, const guint8 *p, gsize n, GError **err)
{
	gsize used = 0;

	if (input->form == UTF_8)
		return n > 0 ? input->sink((const char *) p, n, input->user, err) : CAROM_OK;
	if (input->converted == NULL)
		input->converted = g_string_new(NULL);
	g_string_truncate(input->converted, 0);
	for (gsize step = 1; step > 0 && used < n; used += step)
		step = convert_one(input, p + used, n - used);
	hold(input, p + used, n - used);
	return input->converted->len > 0
		       ? input->sink(input->converted->str, input->converted->len, input->user, err)
		       : CAROM_OK;
}

/* What the first bytes say; *mark is the length of the byte order mark. */
static int
form_of(const guint8 *p, guint n, guint *mark)
{
	*mark = 0;
	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		*mark = 3;
	if (n < 2 || *mark == 3)
		return UTF_8;
	if (memcmp(p, "\xff\xfe", 2) == 0 || memcmp(p, "\xfe\xff", 2) == 0)
		*mark = 2;
	if (*mark == 2)
		return p[0] == 0xff ? UTF_16_LITTLE : UTF_16_BIG;
	/* a letter of ASCII, whose other octet is NUL, twice */
	if (n == 4 && p[0] != 0 && p[1] == 0 && p[2] != 0 && p[3] == 0)
		return UTF_16_LITTLE;
	if (n == 4 && p[0] == 0 && p[1] != 0 && p[2] == 0 && p[3] != 0)
		return UTF_16_BIG;
	return UTF_8;
}

static gboolean
is_utf_32(const guint8 *p, guint n)
{
	return n == 4 && (memcmp(p, "\xff\xfe\0\0", 4) == 0 || memcmp(p, "\0\0\xfe\xff", 4) == 0);
}

/* Looks at the bytes held and hands them on. */
static CaromStatus
begin(CaromTextInput *input, GError **err)
{
	guint8 first[sizeof input->held];
	guint n = input->n_held, mark;

	memcpy(first, input->held, sizeof first);
	if (is_utf_32(first, n))
		return carom_status_fail(err, CAROM_MALFORMED,
					 "the file is UTF-32, which is not read here: "
					 "save it as UTF-8 (iconv -f UTF-32 -t UTF-8)");
	input->form = form_of(first, n, &mark);
	input->n_held = 0;
	return hand_on(input, first + mark, n - mark, err);
}

/* Completes what is held with the first of the bytes; FALSE: there are not enough. */
static gboolean
fill(CaromTextInput *input, const char **bytes, gsize *len, guint wanted)
{
	while (input->n_held<wanted && * len> 0) {
		input->held[input->n_held++] = (guint8) * (*bytes)++;
		(*len)--;
	}
	return input->n_held >= wanted;
}

/* A character of UTF-16 that the bytes before began. */
static CaromStatus
finish_character(CaromTextInput *input, const char **bytes, gsize *len, GError **err)
{
	CaromStatus status = CAROM_OK;

	while (status == CAROM_OK && input->n_held > 0 && *len > 0) {
		guint8 first[sizeof input->held];
		guint n;

		(void) fill(input, bytes, len, input->n_held < 2 ? 2 : 4);
		n = input->n_held;
		memcpy(first, input->held, sizeof first);
		input->n_held = 0;
		status = hand_on(input, first, n, err);
	}
	return status;
}

CaromStatus
carom_text_input_push(CaromTextInput *input, const char *bytes, gsize len, GError **err)
{
	CaromStatus status = CAROM_OK;

	if (input->form == UNKNOWN) {
		if (!fill(input, &bytes, &len, sizeof input->held))
			return CAROM_OK;
		status = begin(input, err);
	}
	if (status == CAROM_OK && input->form != UTF_8)
		status = finish_character(input, &bytes, &len, err);
	return status == CAROM_OK && len > 0 ? hand_on(input, (const guint8 *) bytes, len, err)
					     : status;
}

CaromStatus
carom_text_input_end(CaromTextInput *input, GError **err)
{
	CaromStatus status = input->form == UNKNOWN ? begin(input, err) : CAROM_OK;

	if (status != CAROM_OK || input->n_held == 0)
		return status;
	input->n_held = 0;
	return input->sink(NO_UNICODE, strlen(NO_UNICODE), input->user, err);
}
