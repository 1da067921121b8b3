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

#include "address.h"
#include "excerpt.h"
#include "parser.h"
#include "text.h"
#include "text_table.h"

#include <string.h>

/* The opening sentence, or a part of it that no other server writes, stands within these first bytes. */
#define OPENS_WITHIN 8000

/* Exchange 4.0 to 2003 and Outlook: "did not reach", in the languages that Exchange speaks. */
static const char *const old_openings[] = {
	"did not reach some or all of the intended recipients",
	"did not reach the following recipient(s)",
	"hat einige oder alle Empf\xc3\xa4nger nicht erreicht",
	"hat den bzw. die folgenden Empf\xc3\xa4nger nicht erreicht",
	"Folgende(r) Empf\xc3\xa4nger konnte",
	"n'a pas atteint certains ou tous",
	"n'a pas pu \xc3\xaatre remis \xc3\xa0 un ou plusieurs destinataires",
	"n'a pas \xc3\xa9t\xc3\xa9 remis \xc3\xa0 certains ou \xc3\xa0 tous",
	"Impossible de joindre le ou les destinataires suivants",
	"no ha llegado a algunos o a todos los destinatarios",
	"no lleg\xc3\xb3 a alguno o a todos los destinatarios",
	"No se puede localizar a los siguientes destinatarios",
	"non ha raggiunto alcuni o tutti i destinatari",
	"non \xc3\xa8 stato recapitato ad alcuni o a tutti i destinatari",
	"Impossibile raggiungere i seguenti destinatari",
	"heeft een of meer geadresseerden niet bereikt",
	"is niet aangekomen bij een of meer",
	"De volgende geadresseerde(n) kon",
	"n\xc3\xa5"
	"dde inte vissa eller alla av de avsedda mottagarna",
	"F\xc3\xb6ljande mottagare kunde inte n\xc3\xa5s",
	"n\xc3\xa5"
	"ede ikke nogle eller alle de tilsigtede modtagere",
	"n\xc3\xa5"
	"dde ikke noen eller alle de tilsiktede mottakerne",
	"n\xc3\xa3o chegou a alguns ou todos os destinat\xc3\xa1rios",
	"n\xc3\xa3o foi entregue a alguns ou a todos os destinat\xc3\xa1rios",
	"N\xc3\xa3o foi poss\xc3\xadvel contatar os seguintes destinat\xc3\xa1rios",
	"nie dotar\xc5\x82"
	"a do niekt\xc3\xb3rych lub wszystkich",
	"Nie mo\xc5\xbcna skontaktowa\xc4\x87 si\xc4\x99 z nast\xc4\x99puj\xc4\x85",
	"\xe4\xb8\x80\xe9\x83\xa8\xe3\x81\xbe\xe3\x81\x9f\xe3\x81\xaf\xe3\x81\x99\xe3\x81\xb9\xe3\x81\xa6\xe3\x81\xae\xe5\x8f\x97\xe4\xbf\xa1\xe8\x80\x85", /* 一部またはすべての受信者 */
	"MSEXCH:",
};

/* Exchange 2007 and later: the heading of the part for administrators. */
static const char *const new_openings[] = {
	"Diagnostic information for administrators",
	"Diagnoseinformationen f\xc3\xbcr Administratoren",
	"Informations de diagnostic pour les administrateurs",
	"Informaci\xc3\xb3n de diagn\xc3\xb3stico para administradores",
	"Informaci\xc3\xb3n de diagn\xc3\xb3stico para los administradores",
	"Informazioni di diagnostica per gli amministratori",
	"Informazioni diagnostiche per gli amministratori",
	"Diagnostische gegevens voor beheerders",
	"Diagnostische informatie voor beheerders",
	"Diagnostisk information f\xc3\xb6r administrat\xc3\xb6rer",
	"Diagnosticeringsoplysninger til administratorer",
	"Diagnostisk informasjon for administratorer",
	"Diagnostiikkatiedot j\xc3\xa4rjestelm\xc3\xa4nvalvojille",
	"Informa\xc3\xa7\xc3\xb5"
	"es de diagn\xc3\xb3stico para administradores",
	"Informacje diagnostyczne dla administrator\xc3\xb3w",
	"Diagnostick\xc3\xa9 informace pro spr\xc3\xa1vce",
	"Diagnosztikai inform\xc3\xa1",
	"Y\xc3\xb6neticiler i\xc3\xa7in tan\xc4\xb1lama",
	"\xd0\x94\xd0\xb8\xd0\xb0\xd0\xb3\xd0\xbd\xd0\xbe\xd1\x81\xd1\x82\xd0\xb8\xd1\x87\xd0\xb5\xd1\x81\xd0\xba\xd0\xb8\xd0\xb5 \xd1\x81\xd0\xb2\xd0\xb5\xd0\xb4\xd0\xb5\xd0\xbd\xd0\xb8\xd1\x8f", /* Диагностические сведения */
	"\xe7\xae\xa1\xe7\x90\x86\xe8\x80\x85\xe5\x90\x91\xe3\x81\x91\xe3\x81\xae\xe8\xa8\xba\xe6\x96\xad\xe6\x83\x85\xe5\xa0\xb1",                                                                     /* 管理者向けの診断情報 */
	"\xe7\xae\xa1\xe7\x90\x86\xe5\x91\x98\xe7\x9a\x84\xe8\xaf\x8a\xe6\x96\xad\xe4\xbf\xa1\xe6\x81\xaf",                                                                                             /* 管理员的诊断信息 */
	"\xe7\xb3\xbb\xe7\xb5\xb1\xe7\xae\xa1\xe7\x90\x86\xe5\x93\xa1\xe7\x9a\x84\xe8\xa8\xba\xe6\x96\xb7\xe8\xb3\x87\xe8\xa8\x8a",                                                                     /* 系統管理員的診斷資訊 */
	"Generating server:",
	"Delivery has failed to these recipients or",
	"Delivery is delayed to these recipients or",
};

/* Words of its subject and of the text's first lines by which a warning is told from the end. */
static const char *const delay_words[] = {
	"Delivery delayed", "Delivery is delayed", "hasn't been completed yet", "has been delayed", "Verz\xc3\xb6gerte Zustellung", "Zustellung verz\xc3\xb6gert",
	"Remise retard\xc3\xa9"
	"e",
	"Entrega retrasada", "Recapito ritardato", "Consegna ritardata", "Entrega atrasada", "Bezorging vertraagd", "Bezorging uitgesteld",
	"Leveransen f\xc3\xb6rdr\xc3\xb6jd", "Dostarczanie op\xc3\xb3\xc5\xbanione", "\xe9\x85\x8d\xe4\xbf\xa1\xe3\x81\xae\xe9\x81\x85\xe5\xbb\xb6", /* 配信の遅延 */
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

static int
exchange_probe(const CaromMail *mail)
{
	const char *text;
	gsize len;

	if (!carom_text_is_report_like(mail))
		return 0;
	text = carom_mail_text(mail, &len);
	len = MIN(len, OPENS_WITHIN);
	if (find_any(text, len, old_openings, G_N_ELEMENTS(old_openings)) != NULL)
		return 80;
	return find_any(text, len, new_openings, G_N_ELEMENTS(new_openings)) != NULL ? 78 : 0;
}

static const char *
line_end(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', (gsize) (end - p));

	return nl ? nl : end;
}

/*
 * The recipient that opens a line: "a@b.example on DATE", "a@b.example",
 * "Name<mailto:a@b.example>", or an X.400 name that holds ";dda:SMTP=a@b.example".
 */
static char *
recipient_of_line(const char *p, const char *eol)
{
	const char *word, *smtp, *mailto;

	while (p < eol && strchr(" \t*'\"", *p) != NULL)
		p++;
	smtp = carom_text_find(p, (gsize) (eol - p), "SMTP=");
	if (smtp != NULL && (carom_text_has_prefix(p, "c=") || carom_text_has_prefix(p, "IMCEA")))
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
	return eol - p > 7 && g_ascii_isdigit(p[0]) && g_ascii_isdigit(p[1]) && p[2] == ':' && g_ascii_isdigit(p[3]);
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
	static const char *const returned[] = { "returned '", "r\xc3\xa9pondu '", "zur\xc3\xbc"
		                                                                 "ckgegeben '",
		                                "devolvi\xc3\xb3 '", "restituito '", "'5", "'4" };

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

		/* the code between host and reply is Exchange's own; it counts where the reply has none */
		carom_outcome_set_diagnostic(out, outcome, from, (gssize) len);
		if (outcome->status == NULL && code != NULL)
			carom_outcome_set_status(out, outcome, code + 1);
	} else {
		carom_outcome_set_diagnostic(out, outcome, said, -1);
	}
}

/* Adds each recipient of [p, end) with what the lines below it say. */
static void
read_recipients(CaromReport *out, const char *p, const char *end, CaromAction action)
{
	g_autoptr(GString) said = g_string_new(NULL);
	CaromOutcome *outcome = NULL;
	gboolean in_mts = FALSE;

	for (const char *eol; p <= end; p = eol + 1) {
		g_autofree char *address = NULL;
		const char *q = p;

		eol = line_end(p, end);
		while (q < eol && g_ascii_isspace(*q))
			q++;
		if (q < eol && memchr(q, '@', (gsize) (eol - q)) != NULL)
			address = recipient_of_line(q, eol);
		/* a recipient, an empty line behind a reason, or the end: what was said of the one before is complete */
		if (outcome != NULL && said->len > 0 && (address != NULL || q == eol)) {
			/* the part for administrators says the same recipient's reply: the better word replaces the first */
			if (outcome->diagnostic == NULL || outcome->reply == NULL)
				set_said(out, outcome, said->str);
			outcome = NULL;
		}
		if (address != NULL) {
			outcome = carom_report_add(out, address, action);
			g_string_truncate(said, 0);
			in_mts = FALSE;
		} else if (outcome != NULL && q < eol && !is_bookkeeping(q, eol, &in_mts) && said->len < CAROM_MAX_DIAGNOSTIC) {
			if (said->len > 0)
				g_string_append_c(said, ' ');
			g_string_append_len(said, q, eol - q);
		}
		if (eol >= end)
			break;
	}
	if (outcome != NULL && said->len > 0 && (outcome->diagnostic == NULL || outcome->reply == NULL))
		set_said(out, outcome, said->str);
}

/* "Generating server: mail.example.com", whatever the language: the first "words: host" below the heading. */
static void
read_reporter(CaromReport *out, const char *p, const char *end)
{
	const char *colon = p < end ? strchr(line_end(p, end), ':') : NULL;
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
	delayed = find_any(subject, strlen(subject), delay_words, G_N_ELEMENTS(delay_words)) != NULL || find_any(text, MIN(len, 1000), delay_words, G_N_ELEMENTS(delay_words)) != NULL;
	carom_text_set_returned(mail, out);
	start = find_any(text, open_len, new_openings, G_N_ELEMENTS(new_openings) - 2);
	if (start != NULL && start < end) {
		read_reporter(out, start, end);
		read_recipients(out, start, end, delayed ? CAROM_ACTION_DELAYED : CAROM_ACTION_FAILED);
	}
	if (out->outcomes->len == 0)
		read_recipients(out, text, end, delayed ? CAROM_ACTION_DELAYED : CAROM_ACTION_FAILED);
	/* recipients of the own directory come by display name alone: the copy knows the address, if it went to one */
	if (out->outcomes->len == 0 && out->returned.to->len == 1)
		carom_report_add(out, g_ptr_array_index(out->returned.to, 0), delayed ? CAROM_ACTION_DELAYED : CAROM_ACTION_FAILED);
	if (out->outcomes->len == 0)
		return carom_fail(err, CAROM_MALFORMED, "exchange: no recipient");
	out->kind = carom_report_kind_of_outcomes(out);
	return CAROM_OK;
}

const CaromParser carom_parser_exchange = {
	.name = "exchange",
	.reference = "Microsoft Exchange 4.0 to 2019, Exchange Online, Outlook",
	.probe = exchange_probe,
	.parse = exchange_parse,
};
