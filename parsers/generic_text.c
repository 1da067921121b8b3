#include "config.h"

#include "generic_text.h"
#include "address.h"
#include "phrases.h"
#include "reply.h"
#include "text.h"

#include <string.h>

/* What is looked at. Reports are short; what is long is a copy that was not recognised as one. */
#define MAX_TEXT (48 * 1024)
#define MAX_LINES 600
#define MAX_MENTIONS 300
#define MAX_RECIPIENTS 200

/* From this weight on an address is believed, and this much below the best one still goes with it. */
#define ENOUGH 4
#define WITH_BEST 3

typedef struct {
	gsize at, end; /* without the line end */
	guint kinds;   /* of phrases that begin in it */
	gboolean blank;
	gboolean code;    /* holds a reply or status code */
	int mention;      /* first mention in it, -1 */
	gboolean bare;    /* nothing but an address, brackets and bullets */
	gboolean command; /* ">>> RCPT TO:<...>": what the client said */
	gboolean heading; /* "----- Transcript of session follows -----" */
} Line;

typedef struct {
	gsize at, len;
	guint kinds;
} Hit;

typedef struct {
	char *address;
	gsize at, end;
	guint line;
	gboolean sender; /* whom the report went to */
	int plain;       /* weight by the text alone */
	int weight;      /* and by what else is known */
} Mention;

struct CaromGenericText {
	const char *text; /* borrowed */
	gsize len;
	const CaromGenericKnown *known;
	GArray *lines, *hits, *mentions;
	GPtrArray *recipients; /* of char *, borrowed from mentions */
	guint kinds;
	int best;
};

static void
mention_clear(gpointer data)
{
	g_free(((Mention *) data)->address);
}

static Line *
line_at(const CaromGenericText *t, guint i)
{
	return i < t->lines->len ? &g_array_index(t->lines, Line, i) : NULL;
}

static Mention *
mention_at(const CaromGenericText *t, guint i)
{
	return &g_array_index(t->mentions, Mention, i);
}

/* The line that holds the byte at offset. */
static guint
line_of(const CaromGenericText *t, gsize offset)
{
	guint low = 0, high = t->lines->len;

	while (high - low > 1) {
		guint middle = (low + high) / 2;

		if (line_at(t, middle)->at <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static void
split_lines(CaromGenericText *t)
{
	gsize at = 0;

	while (at < t->len && t->lines->len < MAX_LINES) {
		const char *nl = memchr(t->text + at, '\n', t->len - at);
		Line line = { .at = at, .end = nl ? (gsize) (nl - t->text) : t->len, .mention = -1 };
		const char *p = t->text + line.at, *end = t->text + line.end;
		CaromReplyCodes codes;

		while (p < end && g_ascii_isspace(*p))
			p++;
		line.blank = p == end;
		line.command = end - p > 4 && memcmp(p, ">>> ", 4) == 0 && !(g_ascii_isdigit(p[4]) && g_ascii_isdigit(p[5]));
		line.heading = end - p > 3 && strchr("-=*#_", *p) != NULL && p[1] == *p && p[2] == *p;
		if (!line.blank && !line.command) {
			carom_reply_codes(p, MIN((gsize) (end - p), 400), &codes);
			line.code = codes.reply[0] != '\0' || codes.status[0] != '\0';
		}
		g_array_append_val(t->lines, line);
		at = line.end + 1;
	}
	t->len = MIN(t->len, at);
}

static void
note_hit(guint kinds, gsize at, gsize len, void *user)
{
	CaromGenericText *t = user;
	Hit hit = { at, len, kinds };

	t->kinds |= kinds;
	if (t->lines->len == 0)
		return;
	line_at(t, line_of(t, at))->kinds |= kinds;
	if (kinds & (CAROM_TEXT_RECIPIENT | CAROM_TEXT_OTHER))
		g_array_append_val(t->hits, hit);
}

/* Part of a URL, of a Message-ID or of a longer word. */
static gboolean
is_no_mailbox(const CaromGenericText *t, gsize at, gsize end)
{
	const char *p = t->text + at, *stop = t->text + end;
	guint digits = 0;

	if (at >= 2 && p[-1] == '/' && p[-2] == '/')
		return TRUE;
	if (at >= 1 && (p[-1] == '/' || p[-1] == '?' || p[-1] == '&'))
		return TRUE;
	if (end < t->len && (*stop == '/' || *stop == '?'))
		return TRUE;
	for (const char *q = p; q < stop && *q != '@'; q++)
		digits += g_ascii_isdigit(*q);
	/* "20110429.abc123@host": a local part of mostly digits with dots in it, as Message-IDs have */
	return digits >= 12 && memchr(p, '.', (gsize) (strchr(p, '@') - p)) != NULL;
}

/* Nothing on the line but the address at [at, end) and what encloses or marks it. */
static gboolean
is_bare(const CaromGenericText *t, const Line *line, gsize at, gsize end)
{
	const char *around = " \t<>()[]{}*-+.,:;\"'|#=>\xE2\x80\xA2";
	gsize i;

	for (i = line->at; i < at; i++)
		if (strchr(around, t->text[i]) == NULL && !(g_ascii_isdigit(t->text[i]) && i < line->at + 4))
			return FALSE;
	for (i = end; i < line->end; i++)
		if (strchr(around, t->text[i]) == NULL)
			return FALSE;
	return TRUE;
}

static void
find_mentions(CaromGenericText *t)
{
	const char *p = t->text, *end = t->text + t->len, *next;

	while (p < end && t->mentions->len < MAX_MENTIONS) {
		Mention m = { 0 };
		Line *line;
		gsize n;

		m.address = carom_address_find(p, (gsize) (end - p), &next);
		if (m.address == NULL)
			break;
		/* Exchange's X.400 form: "dda:SMTP=a@b" */
		if (carom_text_has_prefix(m.address, "smtp=") && m.address[5] != '@')
			memmove(m.address, m.address + 5, strlen(m.address + 5) + 1);
		n = strlen(m.address);
		m.end = (gsize) (next - t->text);
		m.at = m.end >= n ? m.end - n : 0;
		p = next;
		if (is_no_mailbox(t, m.at, m.end) || strchr(m.address, '@')[1] == '[') {
			g_free(m.address);
			continue;
		}
		m.line = line_of(t, m.at);
		line = line_at(t, m.line);
		if (line->mention < 0) {
			line->mention = (int) t->mentions->len;
			line->bare = is_bare(t, line, m.at, m.end);
		} else {
			line->bare = line->bare && strcmp(mention_at(t, (guint) line->mention)->address, m.address) == 0;
		}
		g_array_append_val(t->mentions, m);
	}
}

/* TRUE if the word right before the address is one of those that name the other side. */
static gboolean
follows_from(const CaromGenericText *t, const Line *line, gsize at)
{
	static const char *const words[] = { "from", "from:", "by", "via", "sender", "sender:", "reply-to:", "return-path:", "id", "message-id:", "mailto:", "von", "von:", "de:", "da:", "от:", "id:" };
	gsize end = at, start;

	while (end > line->at && strchr(" \t<\"'([", t->text[end - 1]) != NULL)
		end--;
	start = end;
	while (start > line->at && !g_ascii_isspace(t->text[start - 1]))
		start--;
	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		if (strlen(words[i]) == end - start && g_ascii_strncasecmp(t->text + start, words[i], end - start) == 0)
			return TRUE;
	return FALSE;
}

/* What the nearest label before the address on its line says: +1 a recipient's, -1 somebody else's, 0 none. *gap: bytes between. */
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
	*gap = said ? at - nearest : 0;
	return said;
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

/* The next line that is not blank, going by step, at most four blank ones away; NULL if there is none. */
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

static gboolean
ends_in_colon(const CaromGenericText *t, const Line *line)
{
	gsize end = line->end;

	while (end > line->at && strchr(" \t-=*", t->text[end - 1]) != NULL)
		end--;
	return end > line->at && (t->text[end - 1] == ':' || (end >= line->at + 3 && memcmp(t->text + end - 3, "\xEF\xBC\x9A", 3) == 0));
}

static gboolean
is_among(const GPtrArray *addresses, const char *address)
{
	for (guint i = 0; addresses != NULL && i < addresses->len; i++)
		if (g_ascii_strcasecmp(addresses->pdata[i], address) == 0)
			return TRUE;
	return FALSE;
}

/* The weight of an address by its own line: labels, reasons, codes. */
static int
weigh_line(const CaromGenericText *t, const Mention *m)
{
	const Line *line = line_at(t, m->line);
	gsize first = line->at + strspn(t->text + line->at, " \t*-<\"'([");
	gsize gap;
	int label = label_before(t, line, m->at, &gap), weight = 0;
	char after = m->end < t->len ? t->text[m->end] : '\0', after2 = m->end + 1 < t->len ? t->text[m->end + 1] : '\0';

	/* "generated from a@b" ends in a word of the other side and is a recipient's label all the same */
	if (label < 0 || (follows_from(t, line, m->at) && !(label > 0 && gap < 4)))
		return -10;
	if (label > 0)
		weight += 4;
	if (carom_text_has_prefix(t->text + first, "to:") && !is_summary(t, m->line))
		weight += 2;
	else if (follows_colon(t, line, m->at) && !is_summary(t, m->line))
		weight += 2;
	if (line->kinds & CAROM_TEXT_FAILED)
		weight += 3;
	if (line->kinds & CAROM_TEXT_REASON)
		weight += 3;
	if (line->code)
		weight += 3;
	if (line->command && carom_text_find(t->text + line->at, line->end - line->at, "RCPT") != NULL)
		weight += 4;
	/* "<a@b>: reason" and "a@b: reason" */
	if (m->at <= first + 1 && (after == ':' || (after == '>' && after2 == ':')))
		weight += 4;
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

	/* "please write to", and right below it the address; behind an empty line it is another matter */
	if (before != NULL && m->line > 0 && before == line_at(t, m->line - 1) && before->kinds & CAROM_TEXT_OTHER
	    && !(before->kinds & (CAROM_TEXT_FAILED | CAROM_TEXT_RECIPIENT)))
		return -8;
	if (before != NULL && before->kinds & CAROM_TEXT_FAILED)
		weight += 3;
	if (before != NULL && before->kinds & CAROM_TEXT_RECIPIENT)
		weight += 3;
	if (before != NULL && ends_in_colon(t, before))
		weight += 1;
	if (before != NULL && before->mention < 0 && before->kinds & CAROM_TEXT_REASON)
		weight += 2;
	if (after != NULL && after->mention < 0 && (after->kinds & (CAROM_TEXT_REASON | CAROM_TEXT_FAILED) || after->code))
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
	before = neighbour(t, m->line, -1);
	if (after != NULL && after->mention < 0 && (after->kinds & CAROM_TEXT_REASON || after->code))
		weight += 2;
	if (before != NULL && before->kinds & CAROM_TEXT_FAILED && before->kinds & CAROM_TEXT_RECIPIENT)
		weight += 3;
	else if (before != NULL && before->kinds & (CAROM_TEXT_FAILED | CAROM_TEXT_RECIPIENT) && ends_in_colon(t, before))
		weight += 2;
	return weight;
}

static void
weigh(const CaromGenericText *t, Mention *m)
{
	gboolean returned = is_among(t->known->recipients, m->address);

	m->plain = weigh_text(t, m);
	if ((carom_address_is_role(m->address) && !returned) || (t->known->reporter != NULL && g_ascii_strcasecmp(t->known->reporter, m->address) == 0))
		m->plain = MIN(m->plain, -10);
	m->weight = m->plain;
	if (m->plain > 0 && returned)
		m->weight += 4;
	m->sender = is_among(t->known->senders, m->address);
	if (m->sender) {
		m->weight -= returned ? 3 : 8;
		m->plain = m->weight;
	}
}

/* Opens its line as the other one does: the same bytes before it (digits aside: "550 <", "554 <"), the same two behind it. */
static gboolean
has_same_shape(const CaromGenericText *t, const Mention *a, const Mention *b)
{
	const char *p = t->text + line_at(t, a->line)->at, *q = t->text + line_at(t, b->line)->at;
	gsize n = (gsize) (t->text + a->at - p);

	if (n != (gsize) (t->text + b->at - q) || n > 12 || a->end + 2 > t->len || b->end + 2 > t->len)
		return FALSE;
	for (gsize i = 0; i < n; i++)
		if (p[i] != q[i] && !(g_ascii_isdigit(p[i]) && g_ascii_isdigit(q[i])))
			return FALSE;
	return memcmp(t->text + a->end, t->text + b->end, 2) == 0;
}

/* What is said of an address in one place holds for it in the others. */
static void
share_between_mentions(CaromGenericText *t)
{
	for (guint i = 0; i < t->mentions->len; i++)
		for (guint j = 0; j < t->mentions->len; j++) {
			Mention *a = mention_at(t, i), *b = mention_at(t, j);

			if (a->plain > 0 && b->plain > a->plain && g_ascii_strcasecmp(a->address, b->address) == 0)
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
		const Line *line = line_at(t, m->line), *before = m->line > 0 ? line_at(t, m->line - 1) : NULL;

		if (m->plain < 0 || m->sender)
			continue;
		if (before != NULL && line->bare && before->bare && before->mention >= 0)
			m->plain = MAX(m->plain, mention_at(t, (guint) before->mention)->plain);
		for (guint j = i > 20 ? i - 20 : 0; j < t->mentions->len && j < i + 20 && m->plain > 0; j++)
			if (mention_at(t, j)->plain > m->plain && has_same_shape(t, mention_at(t, j), m))
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
			m->weight = m->plain = ENOUGH;
	}
}

static void
choose_recipients(CaromGenericText *t)
{
	int best = 0, best_plain = 0;

	for (guint i = 0; i < t->mentions->len; i++) {
		best = MAX(best, mention_at(t, i)->weight);
		best_plain = MAX(best_plain, mention_at(t, i)->plain);
	}
	if (best < ENOUGH) {
		weigh_senders(t);
		best = best_plain = ENOUGH;
	}
	for (guint i = 0; i < t->mentions->len && t->recipients->len < MAX_RECIPIENTS; i++) {
		const Mention *m = mention_at(t, i);

		if (m->weight < ENOUGH || m->plain < 2 || (m->weight < best - WITH_BEST && m->plain < best_plain - WITH_BEST))
			continue;
		t->best = MAX(t->best, m->weight);
		if (!is_among(t->recipients, m->address))
			g_ptr_array_add(t->recipients, m->address);
	}
}

CaromGenericText *
carom_generic_text_read(const char *text, gsize len, const CaromGenericKnown *known)
{
	CaromGenericText *t = g_new0(CaromGenericText, 1);
	g_autofree char *folded = NULL;

	t->text = text;
	t->len = MIN(len, MAX_TEXT);
	t->known = known;
	t->lines = g_array_new(FALSE, FALSE, sizeof(Line));
	t->hits = g_array_new(FALSE, FALSE, sizeof(Hit));
	t->mentions = g_array_new(FALSE, FALSE, sizeof(Mention));
	g_array_set_clear_func(t->mentions, mention_clear);
	t->recipients = g_ptr_array_new();
	split_lines(t);
	folded = carom_phrases_fold(t->text, t->len);
	carom_phrases_scan_text(folded, t->len, note_hit, t);
	if (t->lines->len > 0)
		find_mentions(t);
	for (guint i = 0; i < t->mentions->len; i++)
		weigh(t, mention_at(t, i));
	weigh_lists(t);
	choose_recipients(t);
	return t;
}

void
carom_generic_text_free(CaromGenericText *t)
{
	if (t == NULL)
		return;
	g_ptr_array_free(t->recipients, TRUE);
	g_array_free(t->mentions, TRUE);
	g_array_free(t->hits, TRUE);
	g_array_free(t->lines, TRUE);
	g_free(t);
}

guint
carom_generic_text_kinds(const CaromGenericText *t)
{
	return t->kinds;
}

const GPtrArray *
carom_generic_text_recipients(const CaromGenericText *t, int *best)
{
	*best = t->best;
	return t->recipients;
}

/* How well the line serves as the reason for the recipient that is mentioned at line about (-1 = nowhere). */
static int
rate_reason(const CaromGenericText *t, guint i, int about, const char *recipient)
{
	const Line *line = line_at(t, i);
	int rate = 0, distance = about < 0 ? 0 : (int) i - about;
	gboolean names = recipient != NULL && carom_text_find(t->text + line->at, line->end - line->at, recipient) != NULL;

	if (line->blank || line->command || line->heading || (line->bare && !line->code))
		return 0;
	if (line->code)
		rate += 6;
	if (line->kinds & CAROM_TEXT_REASON)
		rate += 4;
	if (line->kinds & CAROM_TEXT_FAILED)
		rate += 1;
	if (rate == 0)
		return 0;
	if (names)
		rate += 5;
	else if (line->mention >= 0 && recipient != NULL && is_among(t->recipients, mention_at(t, (guint) line->mention)->address))
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

/* The rest of a reply that goes on over the next lines. */
static void
append_continuation(const CaromGenericText *t, GString *out, guint i)
{
	for (guint n = 0; n < 5 && out->len < 1200; n++) {
		const Line *line = line_at(t, i + n), *next = line_at(t, i + n + 1);
		const char *p;

		if (next == NULL || next->blank || next->bare || next->command || (next->mention >= 0 && !next->code && width_of(t, line) <= 60))
			return;
		p = t->text + next->at;
		p += strspn(p, " \t");
		if (strchr("-=*<>|#[", *p) != NULL || carom_text_has_prefix(p, "subject:") || carom_text_has_prefix(p, "date:"))
			return;
		/* a line that was broken is long, is followed by an indented one, or continues the same code */
		if (width_of(t, line) < 55 && !(next->code && g_ascii_isdigit(*p)))
			return;
		if (next->end - next->at > 1 && ends_in_colon(t, next))
			return;
		g_string_append_c(out, ' ');
		g_string_append_len(out, p, (gssize) (t->text + next->end - p));
	}
}

/* The paragraph below the address, where no line of it has a mark that we know: whatever it says is the reason. */
static gboolean
paragraph_below(const CaromGenericText *t, int about, guint *chosen)
{
	for (guint i = (guint) about + 1; i < t->lines->len && i < (guint) about + 6; i++) {
		const Line *line = line_at(t, i);

		if (line->blank || line->bare || line->command || line->heading || (ends_in_colon(t, line) && line->end - line->at < 50))
			continue;
		if (line->kinds & CAROM_TEXT_OTHER || line->mention >= 0)
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

	return next != NULL && !next->blank && !line->bare && !ends_in_colon(t, line) && width_of(t, line) >= 55 && t->text[line->end - 1] != '.';
}

char *
carom_generic_text_reason(const CaromGenericText *t, const char *recipient)
{
	GString *out = g_string_new(NULL);
	int about = -1, best = 0;
	guint chosen = 0;
	const char *p, *end;

	for (guint i = 0; recipient != NULL && about < 0 && i < t->mentions->len; i++)
		if (mention_at(t, i)->weight >= ENOUGH && g_ascii_strcasecmp(mention_at(t, i)->address, recipient) == 0)
			about = (int) mention_at(t, i)->line;
	for (guint i = 0; i < t->lines->len; i++) {
		int rate = rate_reason(t, i, about, recipient);

		if (rate > best) {
			best = rate;
			chosen = i;
		}
	}
	if (about >= 0 && !goes_on(t, (guint) about) && (best == 0 || (!line_at(t, chosen)->code && !(line_at(t, chosen)->kinds & CAROM_TEXT_REASON))) && paragraph_below(t, about, &chosen))
		best = 1;
	if (best == 0)
		return g_string_free(out, FALSE);
	p = t->text + line_at(t, chosen)->at;
	end = t->text + line_at(t, chosen)->end;
	p += strspn(p, " \t*|");
	/* "<a@b>: reason" without the address */
	if (recipient != NULL && carom_text_has_prefix(p + (*p == '<'), recipient)) {
		const char *q = p + (*p == '<') + strlen(recipient);

		q += strspn(q, ">: \t");
		if (q + 3 < end)
			p = q;
	}
	if (p < end)
		g_string_append_len(out, p, end - p);
	append_continuation(t, out, chosen);
	return g_string_free(out, FALSE);
}
