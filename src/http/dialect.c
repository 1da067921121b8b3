/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "http/dialect.h"
#include "http/ask.h"
#include "http/cursor.h"

#include <string.h>

/* One request on its way through. */
typedef struct {
	const CaromDialect *dialect;
	const CaromHttp *http;
	const CaromHttpRequest *request;
	CaromHttpResponse *out;
	CaromApiKey key;
	CaromInputValues values;
} Exchange;

void
carom_dialect_fail(const CaromDialect *dialect, CaromHttpResponse *out, int status,
		   const char *detail, const char *field)
{
	/* none of them tells a value that is wrong from a request that is */
	out->status = status == 422 ? 400 : status;
	out->content_type = "application/json";
	if (out->body == NULL)
		out->body = g_string_new(NULL);
	g_string_truncate(out->body, 0);
	dialect->write_error(out->status, detail, field, out->body);
	out->asks_for_key = status == 401;
}

static void
fail(Exchange *x, int status, const char *detail, const char *field)
{
	carom_dialect_fail(x->dialect, x->out, status, detail, field);
}

/* Whether who asks shows a key and may ask now. FALSE: it is answered. */
static gboolean
admit(Exchange *x)
{
	if (!x->dialect->read_key(x->request->authorization, &x->key)) {
		fail(x, 401, "authorization required", NULL);
		return FALSE;
	}
	g_strlcpy(x->out->asked.who, x->key.id, sizeof x->out->asked.who);
	x->out->retry_after = carom_ask_wait(x->http, &x->key);
	if (x->out->retry_after == 0)
		return TRUE;
	fail(x, 429, "too many requests", NULL);
	return FALSE;
}

/* The account that the head names, if it is a name that one may have. FALSE: it is answered. */
static gboolean
read_account(Exchange *x, char **account)
{
	const CaromInput field = { x->dialect->account_field, CAROM_INPUT_TEXT, .max = 128 };
	const char *text = x->request->field(x->request, field.name);
	CaromInputValues value = { 0 };
	g_autoptr(GError) error = NULL;

	*account = NULL;
	if (text == NULL)
		return TRUE;
	if (!g_utf8_validate(text, -1, NULL) ||
	    carom_inputs_take(&field, 0, text, &value, &error) != CAROM_OK) {
		fail(x, 400, error ? error->message : "the account is no UTF-8", field.name);
		return FALSE;
	}
	*account = value.values[0];
	return TRUE;
}

static void
write_answer(Exchange *x, const CaromApiAnswer *answer)
{
	g_autofree char *cursor = carom_cursor_of(answer->next);

	if (!carom_ask_answered(answer, x->out))
		return;
	if (x->dialect->add_next != NULL && x->out->body->str[0] == '{')
		x->dialect->add_next(x->request, cursor, x->out->body);
}

static void
ask(Exchange *x, const CaromEndpoint *endpoint, const char *account)
{
	const char *values[CAROM_INPUTS_MOST + 1] = { account };
	g_auto(CaromApiAnswer) answer = { 0 };
	g_autoptr(GError) error = NULL;
	CaromStatus status;
	guint n = 1;

	for (guint i = 0; i < endpoint->n_fields; i++)
		if (endpoint->fields[i].type != CAROM_INPUT_IGNORED)
			values[n++] = x->values.values[i];
	status = carom_ask(x->http, &x->key, endpoint->function, values, n, &answer, &error);
	if (status != CAROM_OK) {
		const char *detail;
		const int wrong = carom_ask_failure(x->request, status, error, x->out, &detail);

		fail(x, wrong, detail, NULL);
	} else if (answer.status >= 400) {
		fail(x, answer.status, answer.answer, NULL);
	} else {
		write_answer(x, &answer);
	}
}

static void
answer(Exchange *x, const CaromTarget *target)
{
	g_autofree char *allow = NULL, *account = NULL;
	const CaromEndpoint *endpoint = carom_endpoints_find(
		x->dialect->endpoints, x->dialect->n_endpoints, x->request->method, target, &allow);
	g_autoptr(GError) error = NULL;
	int wrong;

	if (endpoint != NULL) {
		x->out->asked.name = endpoint->name;
		x->out->asked.is_change = strcmp(endpoint->method, "GET") != 0;
	}
	/* who has no key is told nothing, not even what there is */
	if (!admit(x))
		return;
	if (endpoint == NULL) {
		fail(x, allow ? 405 : 404, allow ? "method not allowed" : "not found", NULL);
		x->out->allow = g_steal_pointer(&allow);
		return;
	}
	if (!read_account(x, &account))
		return;
	wrong = carom_endpoints_read(endpoint, target, x->request->content_type, x->request->body,
				     x->request->body_len, &x->values, &error);
	if (wrong != 0)
		fail(x, wrong, error->message, x->values.wrong);
	else
		ask(x, endpoint, account);
}

void
carom_dialect_answer(const CaromDialect *dialect, const CaromHttp *http,
		     const CaromHttpRequest *request, const CaromTarget *target,
		     CaromHttpResponse *out)
{
	Exchange x = { .dialect = dialect, .http = http, .request = request, .out = out };

	answer(&x, target);
	carom_inputs_clear(&x.values);
}
