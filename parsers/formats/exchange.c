/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exchange - what Microsoft's servers write for people
 *
 * Exchange 4.0 to 2003 (and Outlook, which renders their reports): the opening
 * sentence, the header of the message, then for each recipient "address on
 * DATE", below it the reason, and a code of the server ("MSEXCH:IMS:...", or
 * "<host #5.1.1 smtp;550 ...>"). Exchange 2007 to today's Office 365: a text
 * for the sender, then "Diagnostic information for administrators:" with the
 * generating server, each recipient and the reply. All of it comes in the
 * server's language, so the opening sentences are a list, and what follows is
 * told by its form alone. Most of them have a DSN part as well (dsn.c); here
 * is what is left where that is missing.
 */
#include "config.h"

#include "mail/address.h"
#include "parsers/reading/excerpt.h"
#include "parsers/parser.h"
#include "base/text.h"
#include "parsers/reading/text_table.h"

#include <string.h>

/* The opening sentence, or a part of it that no other server writes, stands within these first
 * bytes. */
#define OPENS_WITHIN 8000

/* Exchange 4.0 to 2003 and Outlook: "did not reach", in the languages that Exchange speaks. */
static const char *const old_openings[] = {
	"did not reach some or all of the intended recipients",
	"did not reach the following recipient(s)",
	"hat einige oder alle Empfänger nicht erreicht",
	"hat den bzw. die folgenden Empfänger nicht erreicht",
	"Folgende(r) Empfänger konnte",
	"n'a pas atteint certains ou tous",
	"n'a pas pu être remis à un ou plusieurs destinataires",
	"n'a pas été remis à certains ou à tous",
	"Impossible de joindre le ou les destinataires suivants",
	"no ha llegado a algunos o a todos los destinatarios",
	"no llegó a alguno o a todos los destinatarios",
	"No se puede localizar a los siguientes destinatarios",
	"non ha raggiunto alcuni o tutti i destinatari",
	"non è stato recapitato ad alcuni o a tutti i destinatari",
	"Impossibile raggiungere i seguenti destinatari",
	"heeft een of meer geadresseerden niet bereikt",
	"is niet aangekomen bij een of meer",
	"De volgende geadresseerde(n) kon",
	"nådde inte vissa eller alla av de avsedda mottagarna",
	"Följande mottagare kunde inte nås",
	"nåede ikke nogle eller alle de tilsigtede modtagere",
	"nådde ikke noen eller alle de tilsiktede mottakerne",
	"não chegou a alguns ou todos os destinatários",
	"não foi entregue a alguns ou a todos os destinatários",
	"Não foi possível contatar os seguintes destinatários",
	"nie dotarła do niektórych lub wszystkich",
	"Nie można skontaktować się z następują",
	"一部またはすべての受信者",
	"MSEXCH:",
};

/* Exchange 2007 and later: the heading of the part for administrators. */
static const char *const new_openings[] = {
	"Diagnostic information for administrators",
	"Diagnoseinformationen für Administratoren",
	"Informations de diagnostic pour les administrateurs",
	"Información de diagnóstico para administradores",
	"Información de diagnóstico para los administradores",
	"Informazioni di diagnostica per gli amministratori",
	"Informazioni diagnostiche per gli amministratori",
	"Diagnostische gegevens voor beheerders",
	"Diagnostische informatie voor beheerders",
	"Diagnostisk information för administratörer",
	"Diagnosticeringsoplysninger til administratorer",
	"Diagnostisk informasjon for administratorer",
	"Diagnostiikkatiedot järjestelmänvalvojille",
	"Informações de diagnóstico para administradores",
	"Informacje diagnostyczne dla administratorów",
	"Diagnostické informace pro správce",
	"Diagnosztikai informá",
	"Yöneticiler için tanılama",
	"Диагностические сведения",
	"管理者向けの診断情報",
	"管理员的诊断信息",
	"系統管理員的診斷資訊",
	"Generating server:",
	"Delivery has failed to these recipients or",
	"Delivery is delayed to these recipients or",
};

/* Words of its subject and of the text's first lines by which a warning is told from the end. */
static const char *const delay_words[] = {
	"Delivery delayed",     "Delivery is delayed",   "hasn't been completed yet",
	"has been delayed",     "Verzögerte Zustellung", "Zustellung verzögert",
	"Remise retardée",      "Entrega retrasada",     "Recapito ritardato",
	"Consegna ritardata",   "Entrega atrasada",      "Bezorging vertraagd",
	"Bezorging uitgesteld", "Leveransen fördröjd",   "Dostarczanie opóźnione",
	"配信の遅延",
};

static const char *
find_any(const char *text, gsize len, const char *const *marks, gsize n)
{
	for (gsize i = 0; i < n; i++) {
		const char *hit = carom_text_find(text, len, marks[i]);

		if (hit != NULL)
			return hit;
	}
	return NULL;
}

/* TRUE if one of the marks stands in the first len bytes of the mail's text. */
static gboolean
says_any(const CaromMail *mail, gsize len, const char *const *marks, gsize n)
{
	for (gsize i = 0; i < n; i++)
		if (carom_mail_may_say(mail, marks[i]) &&
		    carom_text_find(carom_mail_text(mail, NULL), len, marks[i]) != NULL)
			return TRUE;
	return FALSE;
}

/* "<mail1.example.com #5.1.1 ...>" opens a line: the server's code, in whatever language it speaks
 * otherwise. */
static gboolean
has_code(const char *text, gsize len)
{
	for (const char *p = text, *end = text + len;
	     (p = memchr(p, '<', (gsize) (end - p))) != NULL; p++) {
		const char *q = p + 1;

		while (q < end && (g_ascii_isalnum(*q) || *q == '.' || *q == '-'))
			q++;
		if (q > p + 4 && end - q > 6 && q[0] == ' ' && q[1] == '#' &&
		    (q[2] == '4' || q[2] == '5') && q[3] == '.' && g_ascii_isdigit(q[4]) &&
		    q[5] == '.')
			return TRUE;
	}
	return FALSE;
}

static int
exchange_probe(const CaromMail *mail)
{
	const char *text;
	gsize len;

	if (!carom_text_table_is_report_like(mail))
		return 0;
	text = carom_mail_text(mail, &len);
	len = MIN(len, OPENS_WITHIN);
	if (says_any(mail, len, old_openings, G_N_ELEMENTS(old_openings)))
		return 80;
	if (says_any(mail, len, new_openings, G_N_ELEMENTS(new_openings)))
		return 78;
	return has_code(text, len) ? 62 : 0;
}

/*
 * The reply, where it stands on the recipient's own line:
 * "a@b.example mx.b.example Remote Server returned '550 5.1.1 ...'". Whatever
 * else may follow there (a date, the display name) says nothing of why.
 */
static const char *
reply_on_line(const char *p, const char *eol)
{
	static const char *const returned[] = { "returned '5", "returned '4", "'5", "'4", "smtp;" };
	const char *at = memchr(p, '@', (gsize) (eol - p)), *space;

	space = at ? memchr(at, ' ', (gsize) (eol - at)) : NULL;
	for (gsize i = 0; space != NULL && i < G_N_ELEMENTS(returned); i++)
		if (carom_text_find(space, (gsize) (eol - space), returned[i]) != NULL)
			return space + 1;
	return NULL;
}

/*
 * The recipient that opens a line: "a@b.example on DATE", "a@b.example",
 * "Name<mailto:a@b.example>", "SMTP=a@b.example; on DATE", or an X.400 name that holds
 * ";dda:SMTP=a@b.example".
 */
static char *
recipient_of_line(const char *p, const char *eol)
{
	const char *word, *smtp, *mailto;

	while (p < eol && strchr(" \t*'\"", *p) != NULL)
		p++;
	smtp = carom_text_find(p, (gsize) (eol - p), "SMTP=");
	if (smtp != NULL &&
	    (smtp == p || carom_text_has_prefix(p, "c=") || carom_text_has_prefix(p, "IMCEA")))
		return carom_address_parse(smtp + 5, (gssize) strcspn(smtp + 5, "; \t\n"));
	mailto = carom_text_find(p, (gsize) (eol - p), "<mailto:");
	if (mailto != NULL) {
		const char *close = memchr(mailto, '>', (gsize) (eol - mailto));

		return close ? carom_address_parse(mailto + 8, close - mailto - 8) : NULL;
	}
	for (word = p; word < eol && !g_ascii_isspace(*word); word++)
		;
	while (word > p && strchr(":;,.'\"", word[-1]) != NULL)
		word--;
	if (memchr(p, '@', (gsize) (word - p)) == NULL || word - p > CAROM_ADDRESS_MAX || *p == '#')
		return NULL;
	return carom_address_parse(p, word - p);
}

/* The server's own bookkeeping, folded over some lines, and the rest of a date: no reason. */
static gboolean
is_bookkeeping(const char *p, const char *eol, gboolean *in_mts)
{
	if (carom_text_find(p, (gsize) (eol - p), "MTS-ID") != NULL) {
		*in_mts = TRUE;
		return TRUE;
	}
	/* the identity goes on until the server's code, which is the next line that begins so */
	if (*in_mts && *p != '<' && !carom_text_has_prefix(p, "MSEXCH:"))
		return TRUE;
	*in_mts = FALSE;
	return eol - p > 7 && g_ascii_isdigit(p[0]) && g_ascii_isdigit(p[1]) && p[2] == ':' &&
	       g_ascii_isdigit(p[3]);
}

/*
 * The remote server's reply inside what Exchange says: "... #5.1.1 smtp;550
 * 5.1.1 ...>", "Remote Server returned '550 ...'", "#550 5.1.1 ...##". FALSE
 * if there is none, and the whole is the reason.
 */
static gboolean
find_reply(const char *said, const char **from, gsize *len)
{
	const char *p = strstr(said, "smtp;"), *close;
	static const char *const returned[] = { "returned '", "répondu '",    "zurückgegeben '",
						"devolvió '", "restituito '", "'5",
						"'4" };

	if (p != NULL) {
		*from = p + 5;
		close = strchr(*from, '>');
		/* an address in angle brackets closes earlier than the whole does */
		while (close != NULL && strchr(close + 1, '>') != NULL)
			close = strchr(close + 1, '>');
		*len = close ? (gsize) (close - *from) : strlen(*from);
		return *len > 4;
	}
	for (gsize i = 0; i < G_N_ELEMENTS(returned); i++) {
		p = carom_text_find(said, strlen(said), returned[i]);
		if (p == NULL)
			continue;
		*from = strchr(p, '\'') + 1;
		close = strrchr(*from, '\'');
		*len = close ? (gsize) (close - *from) : strlen(*from);
		return *len > 4;
	}
	p = strchr(said, '#');
	if (p != NULL && g_ascii_isdigit(p[1]) && g_ascii_isdigit(p[2])) {
		*from = p + 1;
		close = strchr(*from, '#');
		*len = close ? (gsize) (close - *from) : strlen(*from);
		return TRUE;
	}
	return FALSE;
}

static void
set_said(CaromReport *out, CaromOutcome *outcome, const char *said)
{
	const char *from;
	gsize len;

	if (find_reply(said, &from, &len)) {
		const char *code = strchr(said, '#');

		/* the code between host and reply is Exchange's own; it counts where the reply has
		 * none */
		carom_report_outcome_set_diagnostic(out, outcome, from, (gssize) len);
		if (outcome->status == NULL && code != NULL)
			carom_report_outcome_set_status(out, outcome, code + 1);
	} else {
		carom_report_outcome_set_diagnostic(out, outcome, said, -1);
	}
}

/* "__________" and the like, below which a gateway says what it says below every message. */
static gboolean
is_rule(const char *p, const char *eol)
{
	char c = *p;

	if (eol - p < 10 || strchr("_-*=", c) == NULL)
		return FALSE;
	while (p < eol && (*p == c || *p == '\r'))
		p++;
	return p == eol;
}

/* The recipient whose lines are read, and what they said so far. */
typedef struct {
	CaromOutcome *outcome; /* NULL: none */
	GString *said;
	gboolean in_mts; /* as is_bookkeeping() has it */
} Reading;

/* What was said of the recipient is complete. The part for administrators says the same
 * recipient's reply: the better word replaces the first. */
static void
end_recipient(CaromReport *out, Reading *reading)
{
	CaromOutcome *outcome = reading->outcome;

	if (outcome == NULL || reading->said->len == 0)
		return;
	if (outcome->diagnostic == NULL || outcome->reply == NULL)
		set_said(out, outcome, reading->said->str);
	reading->outcome = NULL;
}

static void
begin_recipient(CaromReport *out, Reading *reading, const char *address, CaromAction action,
		const char *line, const char *eol)
{
	const char *reply = reply_on_line(line, eol);

	reading->outcome = carom_report_add(out, address, action);
	reading->in_mts = FALSE;
	g_string_truncate(reading->said, 0);
	if (reply != NULL)
		g_string_append_len(reading->said, reply, MIN(eol - reply, CAROM_MAX_DIAGNOSTIC));
}

static void
take_line(Reading *reading, const char *p, const char *eol)
{
	if (reading->outcome == NULL || is_bookkeeping(p, eol, &reading->in_mts) ||
	    reading->said->len >= CAROM_MAX_DIAGNOSTIC)
		return;
	if (reading->said->len > 0)
		g_string_append_c(reading->said, ' ');
	g_string_append_len(reading->said, p, eol - p);
}

/* Adds each recipient of [p, end) with what the lines below it say. */
static void
read_recipients(CaromReport *out, const char *p, const char *end, CaromAction action)
{
	g_autoptr(GString) said = g_string_new(NULL);
	Reading reading = { .said = said };

	for (const char *eol; p <= end; p = eol + 1) {
		g_autofree char *address = NULL;

		eol = carom_text_line_end(p, end);
		while (p < eol && g_ascii_isspace(*p))
			p++;
		if (out->outcomes->len > 0 && is_rule(p, eol))
			break;
		if (p < eol && memchr(p, '@', (gsize) (eol - p)) != NULL)
			address = recipient_of_line(p, eol);
		/* another one, or an empty line behind a reason */
		if (address != NULL || p == eol)
			end_recipient(out, &reading);
		if (address != NULL)
			begin_recipient(out, &reading, address, action, p, eol);
		else if (p < eol)
			take_line(&reading, p, eol);
		if (eol >= end)
			break;
	}
	end_recipient(out, &reading);
}

/* "Generating server: mail.example.com", whatever the language: the first "words: host" below the
 * heading. */
static void
read_reporter(CaromReport *out, const char *p, const char *end)
{
	const char *colon = p < end ? strchr(carom_text_line_end(p, end), ':') : NULL;
	gsize n;

	if (colon == NULL || colon - p > 200)
		return;
	colon++;
	colon += strspn(colon, " \t");
	n = strcspn(colon, " \t\n");
	if (n > 3 && memchr(colon, '.', n) != NULL && memchr(colon, '@', n) == NULL)
		out->reporter = carom_report_keep(out, colon, (gssize) n, 255);
}

static CaromStatus
exchange_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	gsize len, open_len;
	const char *text = carom_mail_text(mail, &len), *subject = carom_mail_subject(mail);
	const char *end = text + carom_excerpt_copy(text, len, NULL), *start;
	gboolean delayed;

	open_len = MIN(len, OPENS_WITHIN);
	delayed = find_any(subject, strlen(subject), delay_words, G_N_ELEMENTS(delay_words)) !=
			  NULL ||
		  find_any(text, MIN(len, 1000), delay_words, G_N_ELEMENTS(delay_words)) != NULL;
	carom_text_table_set_returned(mail, out);
	start = find_any(text, open_len, new_openings, G_N_ELEMENTS(new_openings) - 2);
	if (start != NULL && start < end) {
		read_reporter(out, start, end);
		read_recipients(out, start, end,
				delayed ? CAROM_ACTION_DELAYED : CAROM_ACTION_FAILED);
	}
	if (out->outcomes->len == 0)
		read_recipients(out, text, end,
				delayed ? CAROM_ACTION_DELAYED : CAROM_ACTION_FAILED);
	/* recipients of the own directory come by display name alone: the copy knows the address,
	 * if it went to one */
	if (out->outcomes->len == 0 && out->returned.to->len == 1)
		carom_report_add(out, g_ptr_array_index(out->returned.to, 0),
				 delayed ? CAROM_ACTION_DELAYED : CAROM_ACTION_FAILED);
	if (out->outcomes->len == 0)
		return carom_status_fail(err, CAROM_MALFORMED, "exchange: no recipient");
	out->kind = carom_report_kind_of_outcomes(out);
	return CAROM_OK;
}

const CaromParser carom_parser_exchange = {
	.name = "exchange",
	.reference = "Microsoft Exchange 4.0 to 2019, Exchange Online, Outlook",
	.probe = exchange_probe,
	.parse = exchange_parse,
};
