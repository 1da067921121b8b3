/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "lists/list_check.h"
#include "base/text.h"
#include "base/text_input.h"
#include "lists/list_address.h"
#include "mail/address_normal.h"
#include "store/suppressions.h"

#include <string.h>

#define BATCH 1000 /* addresses that are asked for at once */

typedef struct {
	guint64 line;
	char *given, *address, *problem;
} Question;

struct CaromListCheck {
	CaromStore *store;
	const char *account, *stream;
	CaromListAnswerFunc func;
	void *user;
	CaromTextInput input;
	GString *line; /* that is being read; not longer than an address may be */
	guint64 number;
	GPtrArray *questions; /* not answered yet */
	GPtrArray *addresses; /* of them, borrowed, those that are one */
};

static void
free_question(gpointer data)
{
	Question *question = data;

	g_free(question->given);
	g_free(question->address);
	g_free(question->problem);
	g_free(question);
}

/* Answers in the order of the questions; rows of the table are in that order too. */
static CaromStatus
hand_out(CaromListCheck *check, const CaromTable *table, GError **err)
{
	CaromStatus status = CAROM_OK;
	guint row = 0, asked = 0;

	for (guint i = 0; status == CAROM_OK && i < check->questions->len; i++) {
		const Question *q = check->questions->pdata[i];
		CaromListAnswer answer = { q->line, q->given, q->address, q->problem, table, -1 };

		if (q->address != NULL) {
			g_autofree char *n = g_strdup_printf("%u", ++asked);

			if (g_strcmp0(carom_table_cell(table, row, CAROM_SUPPRESSION_NUMBER), n) ==
			    0)
				answer.row = (int) row++;
		}
		status = check->func(&answer, check->user, err);
	}
	return status;
}

static CaromStatus
ask(CaromListCheck *check, GError **err)
{
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status;

	status = carom_suppressions_find_many(
		check->store, (const char *const *) check->addresses->pdata, check->addresses->len,
		check->account, check->stream, &table, err);
	if (status == CAROM_OK)
		status = hand_out(check, table, err);
	g_ptr_array_set_size(check->addresses, 0);
	g_ptr_array_set_size(check->questions, 0);
	return status;
}

static CaromStatus
take_line(CaromListCheck *check, GError **err)
{
	g_autofree char *given = carom_text_printable(check->line->str, 400);
	g_autoptr(GError) error = NULL;
	Question *question;

	check->number++;
	if (*given == '\0' && check->line->len == 0)
		return CAROM_OK;
	question = g_new0(Question, 1);
	question->line = check->number;
	question->given = g_steal_pointer(&given);
	g_ptr_array_add(check->questions, question);
	if (memchr(check->line->str, '\0', check->line->len) != NULL)
		question->problem = g_strdup("a NUL in the line");
	else if (carom_list_address_read(check->line->str, CAROM_LIST_ADDRESS_ONE,
					 &question->address, &error) == CAROM_OK)
		g_ptr_array_add(check->addresses, question->address);
	else
		question->problem = g_strdup(error->message);
	g_string_truncate(check->line, 0);
	return check->questions->len < BATCH ? CAROM_OK : ask(check, err);
}

static CaromStatus
take_text(const char *text, gsize len, void *user, GError **err)
{
	CaromListCheck *check = user;
	CaromStatus status = CAROM_OK;

	while (status == CAROM_OK && len > 0) {
		const char *end = memchr(text, '\n', len);
		gsize n = end ? (gsize) (end - text) : len;
		gsize room = CAROM_ADDRESS_NORMAL_MAX + 2 - check->line->len;

		/* what is longer than any address is none, however it goes on */
		g_string_append_len(check->line, text, (gssize) MIN(n, room));
		if (end == NULL)
			return CAROM_OK;
		if (check->line->len > 0 && check->line->str[check->line->len - 1] == '\r')
			g_string_truncate(check->line, check->line->len - 1);
		status = take_line(check, err);
		text = end + 1;
		len -= n + 1;
	}
	return status;
}

CaromListCheck *
carom_list_check_new(CaromStore *store, const char *account, const char *stream,
		     CaromListAnswerFunc func, void *user)
{
	CaromListCheck *check = g_new0(CaromListCheck, 1);

	check->store = store;
	check->account = account;
	check->stream = stream;
	check->func = func;
	check->user = user;
	carom_text_input_init(&check->input, take_text, check);
	check->line = g_string_new(NULL);
	check->questions = g_ptr_array_new_with_free_func(free_question);
	check->addresses = g_ptr_array_new();
	return check;
}

void
carom_list_check_free(CaromListCheck *check)
{
	if (check == NULL)
		return;
	carom_text_input_clear(&check->input);
	g_string_free(check->line, TRUE);
	g_ptr_array_unref(check->addresses);
	g_ptr_array_unref(check->questions);
	g_free(check);
}

CaromStatus
carom_list_check_push(CaromListCheck *check, const char *bytes, gsize len, GError **err)
{
	return carom_text_input_push(&check->input, bytes, len, err);
}

CaromStatus
carom_list_check_end(CaromListCheck *check, GError **err)
{
	CaromStatus status = carom_text_input_end(&check->input, err);

	if (status == CAROM_OK && check->line->len > 0)
		status = take_line(check, err);
	return status == CAROM_OK && check->questions->len > 0 ? ask(check, err) : status;
}
