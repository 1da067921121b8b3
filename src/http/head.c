/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "http/head.h"

#include <string.h>

#define LENGTH_DIGITS 15 /* more octets than anybody sends */

static gboolean
is_named(const char *name, gsize len, const char *wanted)
{
	return strlen(wanted) == len && g_ascii_strncasecmp(name, wanted, len) == 0;
}

/* RFC 9110 5.6.2 */
static gboolean
is_token(const char *text, gsize len)
{
	for (gsize i = 0; i < len; i++)
		if (!g_ascii_isalnum(text[i]) &&
		    (text[i] == '\0' || strchr("!#$%&'*+-.^_`|~", text[i]) == NULL))
			return FALSE;
	return len > 0;
}

static gboolean
has_controls(const char *text, gsize len)
{
	for (gsize i = 0; i < len; i++)
		if (g_ascii_iscntrl(text[i]) && text[i] != '\t')
			return TRUE;
	return FALSE;
}

static void
take_length(CaromHead *head, const char *value, gsize len)
{
	head->n_lengths++;
	head->length = 0;
	head->bad_length |= len == 0 || len > LENGTH_DIGITS;
	for (gsize i = 0; i < len && !head->bad_length; i++) {
		head->bad_length = !g_ascii_isdigit(value[i]);
		head->length = head->length * 10 + (guint64) g_ascii_digit_value(value[i]);
	}
}

void
carom_head_add(CaromHead *head, const char *name, gsize name_len, const char *value,
	       gsize value_len)
{
	head->n_fields++;
	head->bad_name |= !is_token(name, name_len);
	head->bad_value |= has_controls(value, value_len);
	if (is_named(name, name_len, "Host"))
		head->n_hosts++;
	else if (is_named(name, name_len, "X-Remote-User"))
		head->n_users++;
	else if (is_named(name, name_len, "Content-Length"))
		take_length(head, value, value_len);
	else if (is_named(name, name_len, "Transfer-Encoding")) {
		head->n_encodings++;
		/* of the others none is done here */
		head->bad_length |= !is_named(value, value_len, "chunked");
	}
}

const char *
carom_head_problem(const CaromHead *head)
{
	if (head->bad_name)
		return "a header field has a name that is none";
	if (head->bad_value)
		return "a header field has a control character in it";
	if (head->n_hosts != 1)
		return "there is not exactly one Host field";
	if (head->n_users > 1)
		return "who asks is told more than once";
	if (head->n_lengths + head->n_encodings > 1)
		return "the length of the body is told more than once";
	if (head->bad_length)
		return "the length of the body cannot be read";
	if (head->n_fields > CAROM_HEAD_FIELDS)
		return "there are too many header fields";
	return NULL;
}
