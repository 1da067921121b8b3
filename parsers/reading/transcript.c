/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "parsers/reading/transcript.h"
#include "mail/reply.h"
#include "base/text.h"

#include <string.h>

const char *
carom_transcript_start(const char *text, gsize len)
{
	return carom_text_find(text, len, "Transcript of session follows");
}

static void
reply_clear(gpointer p)
{
	g_free(((CaromTranscriptReply *) p)->text);
}

static void
verdict_clear(gpointer p)
{
	g_free(((CaromTranscriptVerdict *) p)->address);
}

void
carom_transcript_free(CaromTranscript *transcript)
{
	if (transcript == NULL)
		return;
	g_array_free(transcript->replies, TRUE);
	g_array_free(transcript->verdicts, TRUE);
	g_hash_table_unref(transcript->by_whom);
	g_free(transcript);
}

/* "550 " or "550-" opens the line. */
static gboolean
opens_with_code(const CaromLine *line)
{
	const char *p = line->p;

	return line->eol - p > 4 && g_ascii_isdigit(p[0]) && g_ascii_isdigit(p[1]) &&
	       g_ascii_isdigit(p[2]) && (p[3] == ' ' || p[3] == '-');
}

static gboolean
is_refusal(const CaromLine *line)
{
	return opens_with_code(line) && (*line->p == '4' || *line->p == '5');
}

/* "550 5.1.1 <a@b>... User unknown", "<a@b>... Deferred: ..." and "kijang... Deferred". */
static void
read_whom(CaromTranscriptVerdict *v)
{
	const char *p = v->line.p, *eol = v->line.eol, *dots;
	char status[12];

	if (opens_with_code(&v->line))
		p += 4;
	p += carom_reply_status_at(p, (gsize) (eol - p), status);
	p += strspn(p, " ");
	dots = p < eol ? carom_text_find(p, (gsize) (eol - p), "...") : NULL;
	if (dots == NULL || dots == p)
		return;
	v->whom.p = p;
	v->whom.eol = dots;
	v->address = carom_excerpt_line_address(&v->whom, NULL);
	v->words = dots + 3 + strspn(dots + 3, " ");
}

/* The session while its lines are read. */
typedef struct {
	CaromLine host, command;
	GString *reply;
	gboolean open;     /* the last line was one of the reply's */
	gboolean answered; /* a reply to the command has come by now */
	CaromLine output;  /* lines of a program since the last verdict */
} Session;

static void
end_reply(CaromTranscript *transcript, Session *s)
{
	CaromTranscriptReply reply = { s->host, s->command, NULL };

	if (!s->open)
		return;
	s->open = FALSE;
	reply.text = g_strndup(s->reply->str, MIN(s->reply->len, CAROM_MAX_DIAGNOSTIC));
	g_string_truncate(s->reply, 0);
	g_array_append_val(transcript->replies, reply);
}

/* What sendmail says below its verdict of when it gives up. */
static gboolean
is_prospect(const CaromLine *line)
{
	return carom_excerpt_starts(line, "Message could not be delivered") ||
	       carom_excerpt_starts(line, "Message will be deleted") ||
	       carom_excerpt_starts(line, "Warning: message still undelivered") ||
	       carom_excerpt_starts(line, "Will keep trying");
}

/* Files the verdict under whom it names; the last word on somebody is the one that is found. Other
 * lines are a program's. */
static void
add_verdict(CaromTranscript *transcript, Session *s, const CaromLine *line)
{
	CaromTranscriptVerdict v = {
		.line = *line,
		.reply = s->answered ? (int) transcript->replies->len - 1 : -1,
	};

	read_whom(&v);
	if (v.whom.p == NULL && !is_refusal(line)) {
		if (is_prospect(line))
			return;
		if (s->output.p == NULL)
			s->output.p = line->p;
		s->output.eol = line->eol;
		return;
	}
	v.output = s->output;
	s->output.p = NULL;
	g_array_append_val(transcript->verdicts, v);
	if (v.whom.p != NULL) {
		char *key = v.address ? g_ascii_strdown(v.address, -1)
				      : g_ascii_strdown(v.whom.p, v.whom.eol - v.whom.p);

		g_hash_table_replace(transcript->by_whom, key,
				     GUINT_TO_POINTER(transcript->verdicts->len - 1));
	}
}

/* TRUE if the line was one of the dialogue. */
static gboolean
take_dialogue(CaromTranscript *transcript, Session *s, const CaromLine *line)
{
	if (carom_text_has_prefix(line->p, "<<< ")) {
		if (s->open)
			g_string_append_c(s->reply, ' ');
		if (s->reply->len < CAROM_MAX_DIAGNOSTIC)
			g_string_append_len(s->reply, line->p + 4, line->eol - line->p - 4);
		s->open = s->answered = s->reply->len > 0;
		return TRUE;
	}
	end_reply(transcript, s);
	if (carom_text_has_prefix(line->p, ">>> ")) {
		s->command = *line;
	} else if (carom_text_has_prefix(line->p, "... while talking to ") ||
		   carom_text_has_prefix(line->p, "While talking to ")) {
		s->host = *line;
		s->command.p = NULL;
	} else {
		return FALSE;
	}
	s->answered = FALSE;
	s->output.p = NULL;
	return TRUE;
}

CaromTranscript *
carom_transcript_read(const char *text, gsize len)
{
	const char *cursor = carom_transcript_start(text, len), *end = text + len;
	Session s = { .reply = NULL };
	CaromTranscript *transcript;
	CaromLine line;

	if (cursor == NULL || (cursor = memchr(cursor, '\n', (gsize) (end - cursor))) == NULL)
		return NULL;
	transcript = g_new0(CaromTranscript, 1);
	transcript->replies = g_array_new(FALSE, FALSE, sizeof(CaromTranscriptReply));
	transcript->verdicts = g_array_new(FALSE, FALSE, sizeof(CaromTranscriptVerdict));
	g_array_set_clear_func(transcript->replies, reply_clear);
	g_array_set_clear_func(transcript->verdicts, verdict_clear);
	transcript->by_whom = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	s.reply = g_string_new(NULL);
	while (carom_excerpt_line(&cursor, end, &line)) {
		if (carom_text_has_prefix(line.p, "   -----") ||
		    carom_text_has_prefix(line.p, "  -----"))
			break;
		if (line.p < line.eol && !take_dialogue(transcript, &s, &line))
			add_verdict(transcript, &s, &line);
	}
	end_reply(transcript, &s);
	g_string_free(s.reply, TRUE);
	return transcript;
}

static const CaromTranscriptVerdict *
verdict_at(const CaromTranscript *transcript, guint i)
{
	return &g_array_index(transcript->verdicts, CaromTranscriptVerdict, i);
}

const CaromTranscriptVerdict *
carom_transcript_verdict(const CaromTranscript *transcript, const char *recipient)
{
	g_autofree char *lower = g_ascii_strdown(recipient, -1);
	gpointer index, local_index;
	char *at = strrchr(lower, '@');
	gboolean found = g_hash_table_lookup_extended(transcript->by_whom, lower, NULL, &index);

	if (at != NULL)
		*at = '\0';
	if (g_hash_table_lookup_extended(transcript->by_whom, lower, NULL, &local_index)) {
		if (!found || GPOINTER_TO_UINT(local_index) > GPOINTER_TO_UINT(index))
			index = local_index;
		found = TRUE;
	}
	return found ? verdict_at(transcript, GPOINTER_TO_UINT(index)) : NULL;
}

const CaromTranscriptReply *
carom_transcript_reply(const CaromTranscript *transcript, const char *begins)
{
	for (guint i = 0; i < transcript->replies->len; i++) {
		const CaromTranscriptReply *reply =
			&g_array_index(transcript->replies, CaromTranscriptReply, i);
		g_autofree char *clean = carom_text_clean(reply->text, -1, CAROM_MAX_DIAGNOSTIC);

		if (g_str_has_prefix(clean, begins))
			return reply;
	}
	return NULL;
}

/* Host and stage of the dialogue that the reply ended. */
static void
set_context(CaromReport *out, CaromOutcome *outcome, const CaromTranscriptReply *reply)
{
	g_autoptr(GString) said = g_string_new(NULL);
	CaromReplyCodes codes;
	const char *host;
	gsize n;

	if (reply->host.p != NULL)
		g_string_append_printf(said, "%.*s ",
				       (int) MIN(reply->host.eol - reply->host.p, 300),
				       reply->host.p);
	/* DATA refused for want of a recipient (pipelining): the reply was to RCPT, nobody knows */
	if (reply->command.p != NULL && !carom_text_has_prefix(reply->command.p, ">>> DATA"))
		g_string_append_printf(said, "%.*s",
				       (int) MIN(reply->command.eol - reply->command.p, 300),
				       reply->command.p);
	carom_reply_codes(said->str, said->len, &codes);
	if (outcome->stage == NULL)
		outcome->stage = codes.stage;
	host = outcome->remote_mta == NULL ? carom_reply_host(said->str, said->len, &n) : NULL;
	if (host != NULL)
		outcome->remote_mta = carom_report_keep(out, host, (gssize) n, 255);
}

/* "<a@b>... 550 Host unknown" brings its own reply along. */
static gboolean
brings_reply(const CaromTranscriptVerdict *v)
{
	const char *w = v->words;

	return v->line.eol - w > 3 && (*w == '4' || *w == '5') && g_ascii_isdigit(w[1]) &&
	       g_ascii_isdigit(w[2]);
}

/* The first word of sendmail's own on the whole session, which names no address; or NULL. */
static const CaromTranscriptVerdict *
verdict_at_large(const CaromTranscript *transcript)
{
	for (guint i = 0; i < transcript->verdicts->len; i++)
		if (verdict_at(transcript, i)->address == NULL &&
		    is_refusal(&verdict_at(transcript, i)->line))
			return verdict_at(transcript, i);
	return NULL;
}

static const CaromTranscriptReply *
reply_at(const CaromTranscript *transcript, int i)
{
	return i >= 0 ? &g_array_index(transcript->replies, CaromTranscriptReply, i) : NULL;
}

/* The remote server's own words; else those of the program that should have delivered; else
 * sendmail's. */
static void
set_words(CaromReport *out, CaromOutcome *outcome, const CaromTranscriptReply *reply,
	  const CaromTranscriptVerdict *words)
{
	const char *said = words ? words->line.p : NULL, *end = words ? words->line.eol : NULL;

	if (reply != NULL) {
		carom_report_outcome_set_diagnostic(out, outcome, reply->text, -1);
		return;
	}
	if (words->output.p != NULL) {
		said = words->output.p;
		end = words->output.eol;
	} else if (words->words != NULL && brings_reply(words)) {
		said = words->words;
	}
	carom_report_outcome_set_diagnostic(out, outcome, said, end - said);
}

gboolean
carom_transcript_explain(const CaromTranscript *transcript, CaromReport *out, CaromOutcome *outcome,
			 const char *begins, gboolean alone)
{
	const CaromTranscriptVerdict *verdict, *words = NULL;
	const CaromTranscriptReply *reply;

	if (transcript == NULL)
		return FALSE;
	verdict = carom_transcript_verdict(transcript, outcome->recipient);
	reply = begins ? carom_transcript_reply(transcript, begins) : NULL;
	if (reply == NULL && verdict != NULL) {
		words = verdict;
		if (!brings_reply(verdict))
			reply = reply_at(transcript, verdict->reply);
	}
	if (reply == NULL && words == NULL && alone) {
		words = verdict_at_large(transcript);
		reply = words ? reply_at(transcript, words->reply)
			      : reply_at(transcript, (int) transcript->replies->len - 1);
	}
	if (reply == NULL && words == NULL)
		return FALSE;
	if (reply != NULL)
		set_context(out, outcome, reply);
	if (outcome->diagnostic == NULL)
		set_words(out, outcome, reply, words);
	if (outcome->status == NULL && verdict != NULL) {
		g_autofree char *line =
			g_strndup(verdict->line.p, (gsize) (verdict->line.eol - verdict->line.p));
		CaromReplyCodes codes;

		/* sendmail's own code for it, where the remote server states none */
		carom_reply_codes(line, strlen(line), &codes);
		if (codes.status[0] != '\0')
			carom_report_outcome_set_status(out, outcome, codes.status);
	}
	return TRUE;
}
