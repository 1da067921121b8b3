/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "parsers/generic/generic_private.h"
#include "parsers/reading/phrases.h"
#include "base/text.h"

#include <string.h>

/* "550 ...": a reply as the server gave it, which says more than any prose around it. */
static gboolean
opens_with_code(const CaromGenericText *t, const Line *line)
{
	const char *p = t->text + line->at;

	p += strspn(p, " \t(");
	if (carom_text_has_prefix(p, "reason: ")) /* sendmail */
		p += strlen("reason: ");
	return (*p == '4' || *p == '5') && g_ascii_isdigit(p[1]) && g_ascii_isdigit(p[2]) &&
	       (p[3] == ' ' || p[3] == '-');
}

/* "There was an error delivering your mail to a@b." says whom, and nothing of why. */
static gboolean
only_announces(const CaromGenericText *t, const Line *line)
{
	return line->mention >= 0 && !line->code && line->kinds & CAROM_TEXT_FAILED &&
	       line->kinds & CAROM_TEXT_RECIPIENT &&
	       mention_at(t, (guint) line->mention)->end + 4 > line->end;
}

/* How well the line serves as the reason for the recipient that is mentioned at line about (-1 =
 * nowhere). */
static int
rate_reason(const CaromGenericText *t, guint i, int about, const char *recipient)
{
	const Line *line = line_at(t, i);
	int rate = 0, distance = about < 0 ? 0 : (int) i - about;
	gboolean names =
		recipient != NULL &&
		carom_text_find(t->text + line->at, line->end - line->at, recipient) != NULL;

	if (line->blank || line->command || line->heading || (line->bare && !line->code))
		return 0;
	if (only_announces(t, line))
		return 1;
	/* more than prose with a reason below the very address: "... but sender was rejected."
	 * before "Remote host said: 421" */
	if (line->code)
		rate += opens_with_code(t, line) ? 13 : 8;
	if (line->kinds & CAROM_TEXT_REASON)
		rate += 4;
	if (line->kinds & CAROM_TEXT_FAILED)
		rate += 1;
	if (line->kinds & (CAROM_TEXT_GAVE_UP | CAROM_TEXT_DELAYED))
		rate += 2;
	/* "a@b:", and the very next line, whatever its words are */
	if (distance == 1 && line_at(t, (guint) about)->bare &&
	    carom_generic_ends_in_colon(t, line_at(t, (guint) about)))
		rate = MAX(rate, 5);
	if (rate == 0)
		return 0;
	/* "... for the following reason:" only announces one */
	if (!line->code && carom_generic_ends_in_colon(t, line))
		return 1;
	if (names)
		rate += 5;
	else if (line->mention >= 0 && recipient != NULL &&
		 carom_generic_is_among(t->recipients,
					mention_at(t, (guint) line->mention)->address))
		return 0; /* it is about another one */
	/* what is said stands below the address, sometimes above it */
	if (distance > 0)
		rate -= MIN(distance, 4) - 1;
	else if (distance < 0)
		rate -= MIN(-distance, 4);
	return MAX(rate, 1);
}

/* Characters of the line: who breaks lines counts those, not bytes. */
static gsize
width_of(const CaromGenericText *t, const Line *line)
{
	return (gsize) g_utf8_strlen(t->text + line->at, (gssize) (line->end - line->at));
}

/* The line opens what is said of another recipient. */
static gboolean
opens_another(const CaromGenericText *t, guint i, const char *recipient)
{
	const Line *line = line_at(t, i);
	const char *address =
		line->mention >= 0 ? mention_at(t, (guint) line->mention)->address : NULL;

	return address != NULL && !line->command && g_ascii_strcasecmp(address, recipient) != 0 &&
	       carom_generic_is_among(t->recipients, address);
}

/* The rest of a reply that goes on over the next lines. */
static void
append_continuation(const CaromGenericText *t, GString *out, guint i, const char *recipient)
{
	for (guint n = 0; n < 5 && out->len < 1200; n++) {
		const Line *line = line_at(t, i + n), *next = line_at(t, i + n + 1);
		const char *p;

		if (next == NULL || next->blank || next->bare || next->command ||
		    (recipient != NULL && opens_another(t, i + n + 1, recipient)) ||
		    (next->mention >= 0 && !next->code && width_of(t, line) <= 60))
			return;
		p = t->text + next->at;
		p += strspn(p, " \t");
		/* "said: 550 5.1.1" and below it, indented, "<a@b>: User unknown" */
		if (*p == '<' && p > t->text + next->at && recipient != NULL &&
		    carom_text_has_prefix(p + 1, recipient) && line->code) {
			g_string_append_c(out, ' ');
			g_string_append_len(out, p, (gssize) (t->text + next->end - p));
			continue;
		}
		if (strchr("-=*<>|#[", *p) != NULL || carom_text_has_prefix(p, "subject:") ||
		    carom_text_has_prefix(p, "date:"))
			return;
		/* a line that was broken is long, is followed by an indented one, or continues the
		 * same code */
		if (width_of(t, line) < 55 && !(next->code && g_ascii_isdigit(*p)))
			return;
		if (next->end - next->at > 1 && carom_generic_ends_in_colon(t, next))
			return;
		g_string_append_c(out, ' ');
		g_string_append_len(out, p, (gssize) (t->text + next->end - p));
	}
}

/* The paragraph below the address, where no line of it has a mark that we know: whatever it says is
 * the reason. */
static gboolean
paragraph_below(const CaromGenericText *t, int about, guint *chosen)
{
	for (guint i = (guint) about + 1; i < t->lines->len && i < (guint) about + 6; i++) {
		const Line *line = line_at(t, i);

		if (line->blank || line->bare || line->command || line->heading ||
		    (carom_generic_ends_in_colon(t, line) && line->end - line->at < 50))
			continue;
		if (line->kinds & CAROM_TEXT_OTHER || line->mention >= 0 ||
		    carom_text_has_prefix(t->text + line->at, "subject:"))
			return FALSE;
		*chosen = i;
		return TRUE;
	}
	return FALSE;
}

/* The line's sentence goes on over the next line. */
static gboolean
goes_on(const CaromGenericText *t, guint i)
{
	const Line *line = line_at(t, i), *next = line_at(t, i + 1);

	return next != NULL && !next->blank && !line->bare &&
	       !carom_generic_ends_in_colon(t, line) && width_of(t, line) >= 55 &&
	       t->text[line->end - 1] != '.';
}

/* The line of [from, to) that serves best, and how well; 0 if none does. */
static int
find_best(const CaromGenericText *t, guint from, guint to, int about, const char *recipient,
	  guint *chosen)
{
	int best = 0;

	for (guint i = from; i < to; i++) {
		int rate = rate_reason(t, i, about, recipient);

		if (rate > best) {
			best = rate;
			*chosen = i;
		}
	}
	return best;
}

/* "Reason: " and its like in front of what it is. */
static const char *
skip_label(const char *p, const char *end)
{
	static const char *const labels[] = {
		"reason:",      "error:",      "last error:",    "server response:",
		"server said:", "diagnostic:", "error message:", "failure reason:",
		"cause:",       "grund:",      "motivo:",        "alasan:",
		"reden:",       "raison :",    "raison:",        "причина:",
		"原因：",       "原因:",       "理由:",          "理由：",
		"사유:"
	};

	for (gsize i = 0; i < G_N_ELEMENTS(labels); i++) {
		gsize n = strlen(labels[i]);

		if (carom_text_has_prefix(p, labels[i])) {
			n += strspn(p + n, " \t");
			return p + n + 3 < end ? p + n : p;
		}
	}
	return p;
}

/* The reason stands right above its recipient, below whom there is nothing. */
static gboolean
is_explained_above(const CaromGenericText *t, guint about)
{
	const Line *above = about > 0 ? line_at(t, about - 1) : NULL,
		   *below = line_at(t, about + 1);

	return line_at(t, about)->bare && above != NULL && !above->blank && !above->heading &&
	       above->mention < 0 && !carom_generic_ends_in_colon(t, above) &&
	       (below == NULL || below->blank);
}

/*
 * The lines [*from, *to) that are about the recipient alone: from its own up
 * to the next recipient's, with words between the two. A list of recipients
 * has none: what is said of all of them is said anywhere.
 */
static void
find_stretch(const CaromGenericText *t, guint about, const char *recipient, guint *from, guint *to)
{
	gboolean words = !line_at(t, about)->bare, before = FALSE;
	guint next = about + 1;

	*from = 0;
	*to = t->lines->len;
	if (t->recipients->len < 2 ||
	    (about > 0 && line_at(t, about)->bare && line_at(t, about - 1)->bare &&
	     opens_another(t, about - 1, recipient)))
		return;
	if (is_explained_above(t, about)) {
		*from = about - 1;
		*to = about + 1;
		return;
	}
	for (; next < t->lines->len && !opens_another(t, next, recipient); next++)
		words |= !line_at(t, next)->blank && !line_at(t, next)->bare;
	for (guint i = 0; i < about && !before; i++)
		before = opens_another(t, i, recipient);
	if (!words || (next == t->lines->len && !before))
		return;
	*to = next;
	/* the reason may stand right above its recipient */
	if (before)
		*from = about > 0 && !line_at(t, about - 1)->blank &&
					!opens_another(t, about - 1, recipient)
				? about - 1
				: about;
}

/* "... due to the following reason:" and below it the reason, which has no word that is known. */
static guint
skip_announcement(const CaromGenericText *t, guint i)
{
	const Line *line = line_at(t, i), *next;

	if (line->code || !carom_generic_ends_in_colon(t, line) || line->end - line->at < 20 ||
	    carom_text_find(t->text + line->end - 14, 14, "reason") == NULL)
		return i;
	for (guint n = i + 1; n < i + 4 && (next = line_at(t, n)) != NULL; n++)
		if (!next->blank)
			return next->bare || next->heading || next->mention >= 0 ? i : n;
	return i;
}

char *
carom_generic_text_reason(const CaromGenericText *t, const char *recipient)
{
	GString *out = g_string_new(NULL);
	int about = -1, best = 0;
	guint chosen = 0, from = 0, to = t->lines->len;
	const char *p, *end;

	for (guint i = 0; recipient != NULL && about < 0 && i < t->mentions->len; i++)
		if (mention_at(t, i)->weight >= CAROM_GENERIC_ENOUGH &&
		    g_ascii_strcasecmp(mention_at(t, i)->address, recipient) == 0)
			about = (int) mention_at(t, i)->line;
	if (about >= 0)
		find_stretch(t, (guint) about, recipient, &from, &to);
	best = find_best(t, from, to, about, recipient, &chosen);
	if (best == 0 && from > 0 && (int) from == about - 1) {
		chosen = from;
		best = 1;
	}
	if (best == 0)
		best = find_best(t, 0, t->lines->len, about, recipient, &chosen);
	if (about >= 0 && !goes_on(t, (guint) about) &&
	    (best == 0 ||
	     (!line_at(t, chosen)->code && !(line_at(t, chosen)->kinds & CAROM_TEXT_REASON))) &&
	    paragraph_below(t, about, &chosen))
		best = 1;
	if (best == 0)
		return g_string_free(out, FALSE);
	chosen = skip_announcement(t, chosen);
	p = t->text + line_at(t, chosen)->at;
	end = t->text + line_at(t, chosen)->end;
	p += strspn(p, " \t*|");
	/* "<a@b>: reason" without the address */
	if (recipient != NULL && carom_text_has_prefix(p + (*p == '<'), recipient)) {
		const char *q = p + (*p == '<') + strlen(recipient);

		q += strspn(q, ">:; \t-");
		if (q + 3 < end)
			p = q;
	}
	/* "(reason: 550 ...)" */
	if (p < end && *p == '(' && end[-1] == ')' &&
	    memchr(p + 1, '(', (gsize) (end - p - 1)) == NULL) {
		p++;
		end--;
	}
	p = skip_label(p, end);
	if (p < end)
		g_string_append_len(out, p, end - p);
	append_continuation(t, out, chosen, recipient);
	return g_string_free(out, FALSE);
}
