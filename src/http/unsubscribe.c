/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "http/unsubscribe.h"
#include "base/log.h"
#include "config/scope.h"
#include "store/api.h"

#include <string.h>

#define TOKEN_SHORT 26 /* characters of a token whose stream has two digits (carom-verp(7)) */
#define STREAM_AT 12   /* where they stand */

typedef enum {
	PAGE_ASK,  /* with the button */
	PAGE_DONE, /* it is done, or was before */
	PAGE_BAD,  /* forged, expired, nobody's */
	PAGE_AWAY, /* nobody can say now */
	PAGE_N
} Page;

typedef struct {
	const char *title, *text, *button;
} Words;

static const char english[] = "en", indonesian[] = "id";

static const Words words_en[PAGE_N] = {
	[PAGE_ASK] = { "Unsubscribe", "You will get no more of these messages.", "Unsubscribe" },
	[PAGE_DONE] = { "You are unsubscribed",
			"You will get no more of these messages. One that is already on its way "
			"may still arrive.",
			NULL },
	[PAGE_BAD] = { "This link is no longer good",
		       "Please use the link in a newer message, or answer it with "
		       "\xe2\x80\x9cunsubscribe\xe2\x80\x9d.",
		       NULL },
	[PAGE_AWAY] = { "Please try again in a minute", "Nothing was changed yet.", NULL },
};

static const Words words_id[PAGE_N] = {
	[PAGE_ASK] = { "Berhenti berlangganan", "Anda tidak akan menerima pesan ini lagi.",
		       "Berhenti berlangganan" },
	[PAGE_DONE] = { "Anda telah berhenti berlangganan",
			"Anda tidak akan menerima pesan ini lagi. Pesan yang sudah dikirim mungkin "
			"masih tiba.",
			NULL },
	[PAGE_BAD] = { "Tautan ini tidak berlaku lagi",
		       "Gunakan tautan di pesan yang lebih baru, atau balas pesan itu dengan "
		       "\xe2\x80\x9c"
		       "berhenti\xe2\x80\x9d.",
		       NULL },
	[PAGE_AWAY] = { "Coba lagi sebentar lagi", "Belum ada yang berubah.", NULL },
};

/* Nothing in the page comes from the request: the form goes to where the page is. */
static void
write_page(CaromHttpResponse *out, int status, Page page, const char *language)
{
	const Words *words = language == indonesian ? &words_id[page] : &words_en[page];
	GString *html = g_string_new("<!DOCTYPE html>\n");

	g_string_append_printf(
		html,
		"<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n"
		"<meta name=\"robots\" content=\"noindex\">\n<title>%s</title>\n</head>\n"
		"<body>\n<main>\n<h1>%s</h1>\n<p>%s</p>\n",
		language, words->title, words->title, words->text);
	if (words->button != NULL)
		g_string_append_printf(html,
				       "<form method=\"post\">\n<button name=\"List-Unsubscribe\" "
				       "value=\"One-Click\">%s</button>\n</form>\n",
				       words->button);
	g_string_append(html, "</main>\n</body>\n</html>\n");
	out->status = status;
	out->content_type = "text/html; charset=utf-8";
	out->is_page = TRUE;
	out->body = html;
}

guint
carom_unsubscribe_stream(const char *token)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	guint number = 0;

	if (strlen(token) != TOKEN_SHORT)
		return 0;
	for (guint i = STREAM_AT; i < STREAM_AT + 2; i++) {
		const char *digit = strchr(digits, g_ascii_tolower(token[i]));

		if (digit == NULL)
			return 0;
		number = number * 32 + (guint) (digit - digits);
	}
	return number;
}

/* Whether text stands in [p, end). */
static gboolean
holds(const char *p, gsize len, const char *text)
{
	const gsize n = strlen(text);

	for (gsize i = 0; i + n <= len; i++)
		if (memcmp(p + i, text, n) == 0)
			return TRUE;
	return FALSE;
}

gboolean
carom_unsubscribe_is_one_click(const char *body, gsize len)
{
	/* application/x-www-form-urlencoded; or multipart/form-data, whose boundaries do not matter
	 * for one field */
	return holds(body, len, "List-Unsubscribe=One-Click") ||
	       (holds(body, len, "name=\"List-Unsubscribe\"") && holds(body, len, "One-Click"));
}

gboolean
carom_unsubscribe_is_indonesian(const char *language)
{
	/* the order is that of preference in all browsers; weights are not looked at */
	for (const char *p = language; p != NULL && *p != '\0';) {
		p += strspn(p, " \t,");
		if (g_ascii_strncasecmp(p, "id", 2) == 0 && strchr("-;, ", p[2]) != NULL)
			return TRUE;
		if (g_ascii_strncasecmp(p, "en", 2) == 0 && strchr("-;, ", p[2]) != NULL)
			return FALSE;
		p += strcspn(p, ",");
	}
	return FALSE;
}

void
carom_unsubscribe_answer(const CaromHttp *http, const CaromHttpRequest *request, const char *token,
			 CaromHttpResponse *out)
{
	const char *language =
		carom_unsubscribe_is_indonesian(request->language) ? indonesian : english;
	const gboolean act = strcmp(request->method, "POST") == 0;
	g_autofree char *number = g_strdup_printf("%u", carom_unsubscribe_stream(token));
	const char *scope = g_hash_table_lookup(http->streams, number);
	g_autofree char *account = NULL, *stream = NULL;
	g_autoptr(GError) error = NULL;
	CaromStatus status;

	if (act && !carom_unsubscribe_is_one_click(request->body, request->body_len)) {
		carom_http_fail(out, 400, "the body is to say List-Unsubscribe=One-Click", NULL,
				request->trace);
		return;
	}
	if (scope != NULL)
		carom_scope_split(scope, &account, &stream);
	status = carom_api_unsubscribe(carom_pool_store(http->pool), token, account, stream, act,
				       &error);
	if (status == CAROM_OK)
		write_page(out, 200, act ? PAGE_DONE : PAGE_ASK, language);
	else if (status == CAROM_ABSENT || status == CAROM_MALFORMED)
		write_page(out, 404, PAGE_BAD, language);
	else {
		carom_log(CAROM_LOG_WARNING, "api: trace=%s, endpoint=unsubscribe: %s",
			  request->trace, error->message);
		write_page(out, 503, PAGE_AWAY, language);
		out->retry_after = 60;
	}
}
