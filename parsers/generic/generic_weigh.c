/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "mail/mail_system.h"
#include "parsers/generic/generic_private.h"
#include "mail/address.h"
#include "parsers/reading/phrases.h"
#include "base/text.h"

#include <string.h>

/* More than this many of one text are not listed. */
#define MAX_RECIPIENTS 200

/* This much below the best one an address still goes with it. */
#define WITH_BEST 4

/* TRUE if the word right before the address is one of those. */
static gboolean
follows_word(const CaromGenericText *t, const Line *line, gsize at, const char *const *words,
	     gsize n)
{
	gsize end = at, start;

	while (end > line->at && strchr(" \t<\"'([", t->text[end - 1]) != NULL)
		end--;
	start = end;
	while (start > line->at && !g_ascii_isspace(t->text[start - 1]))
		start--;
	for (gsize i = 0; i < n; i++)
		if (strlen(words[i]) == end - start &&
		    g_ascii_strncasecmp(t->text + start, words[i], end - start) == 0)
			return TRUE;
	return FALSE;
}

/* The word names the other side. */
static gboolean
follows_from(const CaromGenericText *t, const Line *line, gsize at)
{
	static const char *const words[] = {
		"from",      "from:",        "by",  "via",         "sender",  "sender:",
		"reply-to:", "return-path:", "id",  "message-id:", "mailto:", "von",
		"von:",      "de:",          "da:", "от:",         "id:"
	};

	return follows_word(t, line, at, words, G_N_ELEMENTS(words));
}

/* The word names this side. */
static gboolean
follows_to(const CaromGenericText *t, const Line *line, gsize at)
{
	static const char *const words[] = { "to", "an", "à", "para", "aan", "till", "til", "ke" };

	return follows_word(t, line, at, words, G_N_ELEMENTS(words));
}

/* What the nearest label before the address on its line says: +1 a recipient's, -1 somebody else's,
 * 0 none. *gap: bytes between. */
static int
label_before(const CaromGenericText *t, const Line *line, gsize at, gsize *gap)
{
	int said = 0;
	gsize nearest = 0;

	for (guint i = 0; i < t->hits->len; i++) {
		const Hit *hit = &g_array_index(t->hits, Hit, i);

		if (hit->at < line->at || hit->at + hit->len > at)
			continue;
		if (said == 0 || hit->at + hit->len >= nearest) {
			nearest = hit->at + hit->len;
			said = hit->kinds & CAROM_TEXT_OTHER ? -1 : 1;
		}
	}
	/* "from a@b to c@d": the label is the first one's */
	for (guint i = line->mention >= 0 ? (guint) line->mention : t->mentions->len;
	     said < 0 && i < t->mentions->len && mention_at(t, i)->end <= at; i++)
		if (mention_at(t, i)->at >= nearest)
			said = 0;
	*gap = said ? at - nearest : 0;
	return said;
}

/* Amid prose the address that is told to be the recipient's goes before the others of its line. */
static gboolean
is_overshadowed(const CaromGenericText *t, const Line *line, const Mention *m)
{
	gsize gap;

	if (line->bare || line->mention < 0 || label_before(t, line, m->at, &gap) > 0 ||
	    follows_to(t, line, m->at))
		return FALSE;
	for (guint i = (guint) line->mention;
	     i < t->mentions->len && mention_at(t, i)->line == m->line; i++) {
		const Mention *other = mention_at(t, i);

		if (other->at != m->at && g_ascii_strcasecmp(other->address, m->address) != 0 &&
		    follows_to(t, line, other->at))
			return TRUE;
	}
	return FALSE;
}

/* A colon and nothing but space and quotes stands between what is said and the address. */
static gboolean
follows_colon(const CaromGenericText *t, const Line *line, gsize at)
{
	while (at > line->at && strchr(" \t<\"'([", t->text[at - 1]) != NULL)
		at--;
	return at > line->at + 3 && t->text[at - 1] == ':';
}

/* "To: a@b" in a summary of the message's header, which repeats what the sender wrote. */
static gboolean
is_summary(const CaromGenericText *t, guint i)
{
	static const char *const names[] = { "subject", "sent", "date", "cc:", "from:" };

	for (int step = -1; step <= 1; step += 2) {
		const Line *line = line_at(t, (guint) ((int) i + step));
		const char *p = line ? t->text + line->at : "";

		p += strspn(p, " \t");
		for (gsize n = 0; n < G_N_ELEMENTS(names); n++)
			if (carom_text_has_prefix(p, names[n]))
				return TRUE;
	}
	return FALSE;
}

/* The next line that is not blank, going by step, at most four blank ones away; NULL if there is
 * none. */
static const Line *
neighbour(const CaromGenericText *t, guint line, int step)
{
	int i = (int) line + step;

	for (int blanks = 0; i >= 0 && i < (int) t->lines->len && blanks < 4; i += step) {
		const Line *l = line_at(t, (guint) i);

		if (!l->blank)
			return l;
		blanks++;
	}
	return NULL;
}

gboolean
carom_generic_ends_in_colon(const CaromGenericText *t, const Line *line)
{
	gsize end = line->end;

	while (end > line->at && strchr(" \t-=*", t->text[end - 1]) != NULL)
		end--;
	return end > line->at &&
	       (t->text[end - 1] == ':' ||
		(end >= line->at + 3 && memcmp(t->text + end - 3, "\xEF\xBC\x9A", 3) == 0));
}

gboolean
carom_generic_is_among(const GPtrArray *addresses, const char *address)
{
	for (guint i = 0; addresses != NULL && i < addresses->len; i++)
		if (g_ascii_strcasecmp(addresses->pdata[i], address) == 0)
			return TRUE;
	return FALSE;
}

/* The line that a list of lines with addresses, of which this is one, stands below. */
static const Line *
introduction(const CaromGenericText *t, guint i)
{
	const Line *line = neighbour(t, i, -1);

	for (guint n = 0; line != NULL && line->mention >= 0 && n < 50; n++)
		line = neighbour(t, (guint) (line - line_at(t, 0)), -1);
	return line;
}

/* The weight of an address by its own line: labels, reasons, codes. */
static int
weigh_line(const CaromGenericText *t, const Mention *m)
{
	const Line *line = line_at(t, m->line);
	gsize first = line->at + strspn(t->text + line->at, " \t*-<\"'([");
	gsize gap;
	int label = label_before(t, line, m->at, &gap), weight = 0;
	char after = m->end < t->len ? t->text[m->end] : '\0',
	     after2 = m->end + 1 < t->len ? t->text[m->end + 1] : '\0';

	/* "generated from a@b" ends in a word of the other side and is a recipient's label all the
	 * same */
	if (label < 0 || (follows_from(t, line, m->at) && !(label > 0 && gap < 4)))
		return -10;
	if (is_overshadowed(t, line, m))
		weight -= 6;
	if (label > 0)
		weight += 4;
	else if (follows_to(t, line, m->at))
		weight += 2;
	if (carom_text_has_prefix(t->text + first, "to:") && !is_summary(t, m->line)) {
		const Line *before = introduction(t, m->line);

		weight += before != NULL && before->kinds & CAROM_TEXT_FAILED ? 5 : 2;
	} else if (follows_colon(t, line, m->at) && !is_summary(t, m->line))
		weight += 2;
	if (line->kinds & (CAROM_TEXT_FAILED | CAROM_TEXT_DELAYED))
		weight += 3;
	if (line->kinds & CAROM_TEXT_REASON)
		weight += 3;
	if (line->code)
		weight += 3;
	if (line->command &&
	    carom_text_find(t->text + line->at, line->end - line->at, "RCPT") != NULL)
		weight += 4;
	/* "<a@b>: reason" and "a@b: reason" */
	if (m->at <= first + 1 && (after == ':' || (after == '>' && after2 == ':')))
		weight += 4;
	else if (m->at == first && m->at > line->at && t->text[m->at - 1] == '<')
		weight += 2;
	else if (m->at <= first + 1)
		weight += 1;
	return weight;
}

/* The weight of a line that holds nothing but addresses, by the lines around. */
static int
weigh_bare(const CaromGenericText *t, const Mention *m)
{
	const Line *before = neighbour(t, m->line, -1), *after = neighbour(t, m->line, 1);
	int weight = 2;

	/* "please write to", and right below it the address; behind an empty line it is another
	 * matter */
	if (before != NULL && m->line > 0 && before == line_at(t, m->line - 1) &&
	    before->mention < 0 && before->kinds & CAROM_TEXT_OTHER &&
	    !(before->kinds & (CAROM_TEXT_FAILED | CAROM_TEXT_RECIPIENT)))
		return -8;
	if (before != NULL && before->kinds & CAROM_TEXT_FAILED)
		weight += 3;
	if (before != NULL && before->kinds & CAROM_TEXT_RECIPIENT)
		weight += 3;
	if (before != NULL && carom_generic_ends_in_colon(t, before))
		weight += 1;
	if (before != NULL && before->mention < 0 && before->kinds & CAROM_TEXT_REASON)
		weight += 2;
	if (after != NULL && after->mention < 0 &&
	    (after->kinds & (CAROM_TEXT_REASON | CAROM_TEXT_FAILED) || after->code))
		weight += 3;
	return weight;
}

/* The weight by the text alone. */
static int
weigh_text(const CaromGenericText *t, const Mention *m)
{
	const Line *line = line_at(t, m->line), *after, *before;
	int weight = weigh_line(t, m);

	if (weight < 0)
		return weight;
	if (line->bare)
		return weight + weigh_bare(t, m);
	/* "a@b on Thu, 29 Apr ...", and what is wrong stands below */
	after = neighbour(t, m->line, 1);
	before = introduction(t, m->line);
	if (after != NULL && after->mention < 0) {
		const Line *second = neighbour(t, (guint) (after - line_at(t, 0)), 1);

		if (after->code || (second != NULL && second->mention < 0 && second->code))
			weight += 3;
		else if (after->kinds & CAROM_TEXT_REASON)
			weight += 2;
	}
	if (before != NULL && before->kinds & CAROM_TEXT_FAILED &&
	    before->kinds & CAROM_TEXT_RECIPIENT)
		weight += 3;
	else if (before != NULL && before->kinds & (CAROM_TEXT_FAILED | CAROM_TEXT_RECIPIENT) &&
		 carom_generic_ends_in_colon(t, before))
		weight += 2;
	return weight;
}

static void
weigh(const CaromGenericText *t, Mention *m)
{
	gboolean returned = carom_generic_is_among(t->known->recipients, m->address);

	m->plain = weigh_text(t, m);
	if ((carom_mail_system_is_role(m->address) && !returned) ||
	    (t->known->reporter != NULL && g_ascii_strcasecmp(t->known->reporter, m->address) == 0))
		m->plain = MIN(m->plain, -10);
	m->weight = m->plain;
	if (m->plain > 0 && returned)
		m->weight += 4;
	m->sender = carom_generic_is_among(t->known->senders, m->address);
	if (m->sender) {
		m->weight -= returned ? 3 : 8;
		m->plain = m->weight;
	}
}

/* Opens its line as the other one does: the same bytes before it (digits aside: "550 <", "554 <"),
 * the same two behind it. */
static gboolean
has_same_shape(const CaromGenericText *t, const Mention *a, const Mention *b)
{
	const char *p = t->text + line_at(t, a->line)->at, *q = t->text + line_at(t, b->line)->at;
	gsize n = (gsize) (t->text + a->at - p);

	if (n != (gsize) (t->text + b->at - q) || n > 12 || a->end + 2 > t->len ||
	    b->end + 2 > t->len)
		return FALSE;
	for (gsize i = 0; i < n; i++)
		if (p[i] != q[i] && !(g_ascii_isdigit(p[i]) && g_ascii_isdigit(q[i])))
			return FALSE;
	/* ": reason" and ":" at the line's end */
	return t->text[a->end] == t->text[b->end] &&
	       (t->text[a->end + 1] == t->text[b->end + 1] ||
		(g_ascii_isspace(t->text[a->end + 1]) && g_ascii_isspace(t->text[b->end + 1])));
}

/* What is said of an address in one place holds for it in the others. */
static void
share_between_mentions(CaromGenericText *t)
{
	for (guint i = 0; i < t->mentions->len; i++)
		for (guint j = 0; j < t->mentions->len; j++) {
			Mention *a = mention_at(t, i), *b = mention_at(t, j);

			if (a->plain > 0 && b->plain > a->plain &&
			    g_ascii_strcasecmp(a->address, b->address) == 0)
				a->plain = b->plain;
		}
}

/*
 * A list is believed as a whole: a bare line right below one that is believed,
 * and a line that opens just as one before it did.
 */
static void
weigh_lists(CaromGenericText *t)
{
	share_between_mentions(t);
	for (guint i = 0; i < t->mentions->len; i++) {
		Mention *m = mention_at(t, i);
		const Line *line = line_at(t, m->line),
			   *before = m->line > 0 ? line_at(t, m->line - 1) : NULL;

		if (m->plain < 0 || m->sender)
			continue;
		if (before != NULL && line->bare && before->bare && before->mention >= 0)
			m->plain = MAX(m->plain, mention_at(t, (guint) before->mention)->plain);
		for (guint j = i > 20 ? i - 20 : 0;
		     j < t->mentions->len && j < i + 20 && m->plain >= 0; j++)
			if (mention_at(t, j)->plain > m->plain &&
			    has_same_shape(t, mention_at(t, j), m))
				m->plain = mention_at(t, j)->plain;
		m->weight = MAX(m->weight, m->plain);
	}
}

/*
 * A report about mail to oneself: nobody else is mentioned, and the text says
 * of the sender's address what it can only say of a recipient.
 */
static void
weigh_senders(CaromGenericText *t)
{
	for (guint i = 0; i < t->mentions->len; i++) {
		Mention *m = mention_at(t, i);

		if (m->sender && line_at(t, m->line)->bare && weigh_text(t, m) >= 8)
			m->weight = m->plain = CAROM_GENERIC_ENOUGH;
	}
}

void
carom_generic_choose(CaromGenericText *t)
{
	int best = 0, best_plain = 0;

	for (guint i = 0; i < t->mentions->len; i++)
		weigh(t, mention_at(t, i));
	weigh_lists(t);
	for (guint i = 0; i < t->mentions->len; i++) {
		best = MAX(best, mention_at(t, i)->weight);
		best_plain = MAX(best_plain, mention_at(t, i)->plain);
	}
	if (best < CAROM_GENERIC_ENOUGH) {
		weigh_senders(t);
		best = best_plain = CAROM_GENERIC_ENOUGH;
	}
	for (guint i = 0; i < t->mentions->len; i++) {
		const Mention *m = mention_at(t, i);

		if (m->weight < CAROM_GENERIC_ENOUGH || m->plain < 2 ||
		    (m->weight < best - WITH_BEST && m->plain < best_plain - WITH_BEST))
			continue;
		t->best = MAX(t->best, m->weight);
		if (carom_generic_is_among(t->recipients, m->address))
			continue;
		if (t->recipients->len >= MAX_RECIPIENTS) {
			t->cut = TRUE;
			break;
		}
		g_ptr_array_add(t->recipients, m->address);
	}
}
