/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "verp/verp.h"
#include "mail/address.h"
#include "base/text.h"

#include <string.h>

#define EPOCH_DAY 18262 /* 2020-01-01, in days since 1970-01-01 */
#define MAC_DIGITS 12
#define MAX_WRAPPED                                                                                \
	1000 /* octets; reading takes time by their square, and headers are long where strangers   \
		want them to be */
#define MAX_WRAPPERS 4
#define MAX_XVERP 256 /* octets of a local part: 64, and what Postfix puts after them */

void
carom_verp_clear(CaromVerp *verp)
{
	g_clear_pointer(&verp->sender, g_free);
	g_clear_pointer(&verp->recipient, g_free);
}

gint
carom_verp_day(gint64 seconds)
{
	return (gint) (seconds / 86400 - EPOCH_DAY);
}

gint
carom_verp_today(void)
{
	return carom_verp_day(g_get_real_time() / G_USEC_PER_SEC);
}

char *
carom_verp_day_text(gint day)
{
	g_autoptr(GDateTime) start = g_date_time_new_utc(2020, 1, 1, 0, 0, 0);
	g_autoptr(GDateTime) then = g_date_time_add_days(start, day);

	return g_date_time_format(then, "%Y-%m-%d");
}

static int
base32_value(char c)
{
	const char *at = c ? strchr(CAROM_BASE32, g_ascii_tolower(c)) : NULL;

	return at ? (int) (at - CAROM_BASE32) : -1;
}

/* The number in n base32 digits; FALSE if one is none. */
static gboolean
base32_read(const char *p, guint n, guint64 *out)
{
	*out = 0;
	for (guint i = 0; i < n; i++) {
		int v = base32_value(p[i]);

		if (v < 0)
			return FALSE;
		*out = *out << 5 | (guint64) v;
	}
	return TRUE;
}

static void
base32_write(char *p, guint n, guint64 value)
{
	while (n-- > 0) {
		p[n] = CAROM_BASE32[value & 31];
		value >>= 5;
	}
}

/* The first 60 bits of the MAC over text, as 12 base32 digits. */
static gboolean
short_mac(const CaromKeyring *keys, char key, const char *text, char out[MAC_DIGITS + 1])
{
	guint8 mac[32];
	guint64 bits = 0;

	if (!carom_keyring_mac(keys, key, text, strlen(text), mac))
		return FALSE;
	for (int i = 0; i < 8; i++)
		bits = bits << 8 | mac[i];
	base32_write(out, MAC_DIGITS, bits >> 4);
	out[MAC_DIGITS] = '\0';
	return TRUE;
}

/* What is signed. Everything in lower case, since mail servers fold it at will; head is the tag or
 * token before its MAC. */
static char *
signed_text(const char *sender, const char *recipient, const char *head, gsize head_len)
{
	g_autofree char *text =
		recipient ? g_strdup_printf("carom1\naddress\n%s\n%s\n%.*s", sender, recipient,
					    (int) head_len, head)
			  : g_strdup_printf("carom1\ntoken\n%.*s", (int) head_len, head);

	return g_ascii_strdown(text, -1);
}

/* Takes the same time wherever the two differ. */
static gboolean
same_mac(const char *a, const char *b)
{
	guint difference = 0;

	for (guint i = 0; i < MAC_DIGITS; i++)
		difference |= (guint) (g_ascii_tolower(a[i]) ^ b[i]);
	return difference == 0;
}

/* Checks head (of which the last 12 digits are the MAC) and reads its key, day and stream. It is a
 * token if recipient is NULL. */
static CaromVerpState
verify(const CaromVerpSettings *settings, const char *sender, const char *recipient,
       const char *head, gsize head_len, gint today, CaromVerp *out)
{
	const gsize body = head_len - MAC_DIGITS, at_day = recipient ? 1 : 9,
		    at_stream = at_day + 3;
	g_autofree char *text = signed_text(sender, recipient, head, body);
	char mac[MAC_DIGITS + 1];
	guint64 day = 0, stream = 0;

	out->key = g_ascii_tolower(head[0]);
	if (!base32_read(head + at_day, 3, &day) ||
	    !base32_read(head + at_stream, (guint) (body - at_stream), &stream))
		return CAROM_VERP_FORGED;
	if (recipient == NULL && !base32_read(head + 1, 8, &out->address_id))
		return CAROM_VERP_FORGED;
	if (!short_mac(settings->keys, out->key, text, mac) || !same_mac(head + body, mac))
		return CAROM_VERP_FORGED;
	out->day = (gint) day;
	out->stream = (guint) stream;
	/* a day ahead is a clock that is off a little, more than that was never written by us */
	return out->day > today + 1 || today - out->day > settings->lifetime ? CAROM_VERP_EXPIRED
									     : CAROM_VERP_SIGNED;
}

static gboolean
is_base32(const char *p, gsize n)
{
	for (gsize i = 0; i < n; i++)
		if (base32_value(p[i]) < 0)
			return FALSE;
	return TRUE;
}

static gboolean
is_ours(const char *domain, char *const *domains)
{
	return domains == NULL || *domains == NULL || carom_text_in_list(domains, domain);
}

/* What is in the local part of "SRS0=HH=TT=domain=local" or
 * "SRS1=HHH=forwarder==HH=TT=domain=local" as an address; NULL if it is neither. */
static char *
unwrap_srs(const char *local)
{
	const char *inner = local + strlen("SRS0");
	g_auto(GStrv) parts = NULL;

	if (local[3] == '1') {
		inner = strstr(local, "==");
		if (inner == NULL)
			inner = strstr(local, "=+") ? strstr(local, "=+") : strstr(local, "=-");
		if (inner == NULL)
			return NULL;
		inner += 2;
	} else if (*inner != '\0') {
		inner++; /* "SRS0=" or "SRS0+" or "SRS0-" */
	}
	parts = g_strsplit(inner, "=", 4);
	return g_strv_length(parts) == 4 ? g_strdup_printf("%s@%s", parts[3], parts[2]) : NULL;
}

/* The address in one wrapper, as BATV and forwarders put them around a return address; NULL if
 * there is none. */
static char *
unwrap_once(const char *address, const char *at)
{
	if (carom_text_has_prefix(address, "prvs=") || carom_text_has_prefix(address, "btv1==")) {
		const char *p = strchr(address + (g_ascii_tolower(*address) == 'p' ? 5 : 6), '=');

		if (p != NULL && p[1] == '=')
			p++;
		return p && p < at ? g_strdup(p + 1) : NULL;
	}
	if (carom_text_has_prefix(address, "SRS0") || carom_text_has_prefix(address, "SRS1")) {
		g_autofree char *local = g_strndup(address, (gsize) (at - address));

		return unwrap_srs(local);
	}
	return NULL;
}

/* The address with its wrappers taken off, and without the dot that may end a domain. Caller's;
 * NULL if it is none that could be ours. */
static char *
unwrap(const char *address)
{
	char *bare;

	if (address == NULL || strlen(address) > MAX_WRAPPED)
		return NULL;
	bare = g_strdup(address);
	for (int i = 0; i < MAX_WRAPPERS; i++) {
		const char *at = strrchr(bare, '@');
		char *inner = at ? unwrap_once(bare, at) : NULL;

		if (inner == NULL)
			break;
		g_free(bare);
		bare = inner;
	}
	while (g_str_has_suffix(bare, "."))
		bare[strlen(bare) - 1] = '\0';
	return bare;
}

/* "user@domain", if that is an address and the domain has a dot; else NULL. Caller's. */
static char *
make_recipient(const char *user, gsize user_len, const char *domain, gsize domain_len)
{
	g_autofree char *spelled = NULL;

	if (user_len == 0 || memchr(domain, '.', domain_len) == NULL)
		return NULL;
	spelled = g_strdup_printf("%.*s@%.*s", (int) user_len, user, (int) domain_len, domain);
	return carom_address_parse(spelled, -1);
}

/* The recipient in [p, end): "user=domain" or "user==domain", split at the last '='. */
static char *
decode_recipient(const char *p, const char *end)
{
	const char *equals = NULL, *user_end;

	for (const char *q = p; q < end; q++)
		if (*q == '=')
			equals = q;
	if (equals == NULL || equals == p || equals + 1 == end)
		return NULL;
	user_end = equals[-1] == '=' ? equals - 1 : equals;
	return make_recipient(p, (gsize) (user_end - p), equals + 1, (gsize) (end - equals - 1));
}

/* Sympa: "user==a==domain==list", and behind that "==w", "==r" or a number. */
static const char sympa_mark[] = "==a==";

/* The recipient in an unsigned address: either form. */
static char *
decode_unsigned(const char *p, const char *end)
{
	const char *mark = carom_text_find(p, (gsize) (end - p), sympa_mark), *domain, *stop;

	if (mark == NULL)
		return decode_recipient(p, end);
	domain = mark + strlen(sympa_mark);
	stop = carom_text_find(domain, (gsize) (end - domain), "==");
	if (stop == NULL)
		return NULL;
	return make_recipient(p, (gsize) (mark - p), domain, (gsize) (stop - domain));
}

/* How many of the characters at p are among those of set. */
static gsize
run_of(const char *p, const char *end, const char *set)
{
	gsize n = 0;

	while (p + n < end && strchr(set, p[n]) != NULL)
		n++;
	return n;
}

/*
 * How long the tag is that others put between their sender and the recipient,
 * its last '-' included; 0 if there is none:
 *
 *   ezmlm      news-return-42-user=domain     SendGrid  bounces+1234567-1a2b-user=domain
 *   old lists  news-bounces-user=domain       Mailgun   bounce+1a2b3c.4d5e-user=domain
 *
 * delimiter is what stands before it.
 */
static gsize
foreign_tag(char delimiter, const char *p, const char *end)
{
	static const char digits[] = "0123456789", hex[] = "0123456789abcdef";
	static const char *const words[] = { "bounces-", "bounce-", "owner-", "errors-" };
	gsize n;

	if (delimiter == '-') {
		for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
			if ((gsize) (end - p) > strlen(words[i]) &&
			    carom_text_has_prefix(p, words[i]))
				return strlen(words[i]);
		n = strlen("return-");
		if ((gsize) (end - p) > n && carom_text_has_prefix(p, "return-")) {
			gsize number = run_of(p + n, end, digits);

			return number > 0 && p + n + number < end && p[n + number] == '-'
				       ? n + number + 1
				       : 0;
		}
	}
	n = run_of(p, end, digits);
	if (n >= 4 && end - p > (gssize) n + 6 && p[n] == '-' && run_of(p + n + 1, end, hex) == 4 &&
	    p[n + 5] == '-')
		return n + 6;
	n = run_of(p, end, hex);
	if (n >= 6 && p + n < end && p[n] == '.') {
		gsize more = run_of(p + n + 1, end, hex);

		if (more > 0 && p + n + 1 + more < end && p[n + 1 + more] == '-')
			return n + more + 2;
	}
	return 0;
}

/* The digits of the tag that ends at at, 0 if none does. A delimiter is no digit, so it ends as one
 * length only. */
static gsize
tag_length(const CaromVerpSettings *settings, const char *p, const char *at)
{
	for (gsize n = CAROM_VERP_TAG; n <= CAROM_VERP_TAG + CAROM_VERP_LONG; n += CAROM_VERP_LONG)
		if (at - p >= (gssize) n + 4 &&
		    strchr(settings->delimiters, *(at - n - 1)) != NULL && is_base32(at - n, n))
			return n;
	return 0;
}

static gboolean
is_token(const char *p, gsize n)
{
	return (n == CAROM_VERP_TOKEN || n == CAROM_VERP_TOKEN + CAROM_VERP_LONG) &&
	       is_base32(p, n);
}

/* "recipient=domain+TAG" in [p, at): signed if it ends in what can be a tag. */
static CaromVerpState
read_address_form(const CaromVerpSettings *settings, const char *sender, const char *p,
		  const char *at, gint today, CaromVerp *out)
{
	const gsize n = settings->keys ? tag_length(settings, p, at) : 0;
	CaromVerp found = { 0 };
	CaromVerpState state;

	if (n == 0)
		return CAROM_VERP_NONE;
	found.recipient = decode_recipient(p, at - n - 1);
	if (found.recipient == NULL)
		return CAROM_VERP_NONE;
	state = verify(settings, sender, found.recipient, at - n, n, today, &found);
	*out = found;
	return state;
}

/* One way to split an address. */
typedef struct {
	CaromVerpState state;
	CaromVerp verp;
	const char *split; /* where it is split */
	int rank;          /* of several ways the one with the highest is believed */
	gboolean certain;  /* something tells that it is right */
} Reading;

static gboolean
is_named(const CaromVerpSettings *settings, const char *recipient)
{
	for (guint i = 0; settings->named != NULL && i < settings->named->len; i++)
		if (g_ascii_strcasecmp(settings->named->pdata[i], recipient) == 0)
			return TRUE;
	return FALSE;
}

static void
rate(const CaromVerpSettings *settings, Reading *r)
{
	static const int ranks[] = {
		[CAROM_VERP_NONE] = 0,     [CAROM_VERP_CLASSIC] = 20, [CAROM_VERP_SIGNED] = 50,
		[CAROM_VERP_EXPIRED] = 40, [CAROM_VERP_FORGED] = 10,
	};

	r->rank = ranks[r->state];
	r->certain = r->state != CAROM_VERP_CLASSIC;
	if (r->state != CAROM_VERP_CLASSIC)
		return;
	if (is_named(settings, r->verp.recipient)) {
		r->rank += 8;
		r->certain = TRUE;
	}
	if (settings->senders != NULL) {
		g_autofree char *lower = g_ascii_strdown(r->verp.sender, -1);

		if (g_hash_table_contains(settings->senders, lower)) {
			r->rank += 4;
			r->certain = TRUE;
		}
	}
}

/*
 * TRUE if each of the two puts the other in doubt: they name two recipients, and
 * nothing tells which is right. A "+" more is part of the recipient's name, and
 * what an earlier delimiter splits a later one need not.
 */
static gboolean
is_doubt(const Reading *a, const Reading *b)
{
	return a->state == CAROM_VERP_CLASSIC && b->state == CAROM_VERP_CLASSIC && !a->certain &&
	       !b->certain &&
	       (a->split == b->split || (*a->split == *b->split && *a->split != '+')) &&
	       g_ascii_strcasecmp(a->verp.recipient, b->verp.recipient) != 0;
}

/* Takes the reading if it goes before the best one so far; else it is gone. */
static void
consider(const CaromVerpSettings *settings, Reading *best, Reading *r)
{
	gboolean doubt;

	rate(settings, r);
	doubt = is_doubt(best, r);
	if (r->rank > best->rank) {
		r->verp.unsure = doubt;
		carom_verp_clear(&best->verp);
		*best = *r;
	} else {
		best->verp.unsure |= doubt;
		carom_verp_clear(&r->verp);
	}
	memset(r, 0, sizeof *r);
}

/* Considers all that the address can mean if sender and recipient part at p. */
static void
read_split(const CaromVerpSettings *settings, const char *bare, const char *p, const char *at,
	   gint today, Reading *best)
{
	g_autofree char *sender = g_strdup_printf("%.*s%s", (int) (p - bare), bare, at);
	const char *rest = p + 1;
	gsize tag = foreign_tag(*p, rest, at);
	Reading r = { .split = p };

	if (settings->keys != NULL && is_token(rest, (gsize) (at - rest)))
		r.state = verify(settings, NULL, NULL, rest, (gsize) (at - rest), today, &r.verp);
	else
		r.state = read_address_form(settings, sender, rest, at, today, &r.verp);
	if (r.state != CAROM_VERP_NONE) {
		r.verp.sender = g_strdup(sender);
		consider(settings, best, &r);
		return;
	}
	/* behind the tag first: of two that are as good the first one stays */
	for (int whole = tag == 0; whole < 2; whole++) {
		r.verp.recipient = decode_unsigned(rest + (whole ? 0 : tag), at);
		if (r.verp.recipient == NULL)
			continue;
		r.state = CAROM_VERP_CLASSIC;
		r.split = p;
		r.verp.sender = g_strdup(sender);
		consider(settings, best, &r);
	}
}

/* Reads an address without wrappers; at is its last '@'. */
static CaromVerpState
read_bare(const char *bare, const char *at, const CaromVerpSettings *settings, gint today,
	  CaromVerp *out)
{
	Reading best = { .state = CAROM_VERP_NONE };

	memset(out, 0, sizeof *out);
	/* the delimiters in the order they are configured, each from the left */
	for (const char *delimiter = settings->delimiters; *delimiter; delimiter++)
		for (const char *p = bare + 1; p < at; p++)
			if (*p == *delimiter)
				read_split(settings, bare, p, at, today, &best);
	*out = best.verp;
	return best.state;
}

static gboolean
is_signed(CaromVerpState state)
{
	return state == CAROM_VERP_SIGNED || state == CAROM_VERP_EXPIRED;
}

/* TRUE if a tag or a token ends at end, after some delimiter. */
static gboolean
ends_signed(const CaromVerpSettings *settings, const char *bare, const char *end)
{
	const char *p = end;

	while (p > bare && strchr(settings->delimiters, p[-1]) == NULL)
		p--;
	return p > bare && (is_token(p, (gsize) (end - p)) || tag_length(settings, bare, end) > 0);
}

/*
 * What was signed and then sent with XVERP: Postfix puts the recipient after the
 * address that it was given, "bounces+alice=example.org+TAG+alice=example.org".
 * Both must name the same; a token names somebody by number, which is proof enough.
 */
static CaromVerpState
read_with_xverp(const char *bare, const char *at, const CaromVerpSettings *settings, gint today,
		CaromVerp *out)
{
	memset(out, 0, sizeof *out);
	if (settings->keys == NULL || at - bare > MAX_XVERP)
		return CAROM_VERP_NONE;
	for (const char *p = at - 1; p > bare; p--) {
		g_autofree char *tail = NULL, *inner = NULL;
		CaromVerpState state;

		if (strchr(settings->delimiters, *p) == NULL || !ends_signed(settings, bare, p))
			continue;
		tail = decode_recipient(p + 1, at);
		if (tail == NULL)
			continue;
		inner = g_strdup_printf("%.*s%s", (int) (p - bare), bare, at);
		state = read_bare(inner, strrchr(inner, '@'), settings, today, out);
		if (is_signed(state) &&
		    (out->recipient == NULL || g_ascii_strcasecmp(out->recipient, tail) == 0))
			return state;
		carom_verp_clear(out);
	}
	memset(out, 0, sizeof *out);
	return CAROM_VERP_NONE;
}

CaromVerpState
carom_verp_read(const char *address, const CaromVerpSettings *settings, gint today, CaromVerp *out)
{
	g_autofree char *bare = unwrap(address);
	const char *at = bare ? strrchr(bare, '@') : NULL;
	CaromVerpState state, below;
	CaromVerp inner;

	memset(out, 0, sizeof *out);
	if (at == NULL || !is_ours(at + 1, settings->domains))
		return CAROM_VERP_NONE;
	state = read_bare(bare, at, settings, today, out);
	if (is_signed(state))
		return state;
	below = read_with_xverp(bare, at, settings, today, &inner);
	if (below == CAROM_VERP_NONE)
		return state;
	carom_verp_clear(out);
	*out = inner;
	return below;
}

/* Characters that the local part of a return address in a header field may consist of. */
static gboolean
is_local_char(char c)
{
	return c != '\0' && (g_ascii_isalnum(c) || strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

static gboolean
is_domain_char(char c)
{
	return g_ascii_isalnum(c) || c == '-' || c == '.';
}

/* A bare token in [p, end), between anything that is no base32 digit. */
static CaromVerpState
find_token(const char *p, const char *end, const CaromVerpSettings *settings, gint today,
	   CaromVerp *out)
{
	while (p < end) {
		gsize n = 0;

		while (p + n < end && base32_value(p[n]) >= 0)
			n++;
		if (is_token(p, n)) {
			CaromVerpState state = verify(settings, NULL, NULL, p, n, today, out);

			if (is_signed(state))
				return state;
		}
		p += n + 1;
	}
	return CAROM_VERP_NONE;
}

CaromVerpState
carom_verp_find(const char *text, const CaromVerpSettings *settings, gint today, CaromVerp *out)
{
	memset(out, 0, sizeof *out);
	if (text == NULL || settings->keys == NULL)
		return CAROM_VERP_NONE;
	for (const char *p = text; *p;) {
		const char *start = p;
		CaromVerpState state;

		while (is_local_char(*p))
			p++;
		if (*p == '@' && p > start) {
			g_autofree char *word = NULL;

			/* not "?subject=..." of a mailto URI, though a local part may hold all of
			 * that */
			for (p++; is_domain_char(*p); p++)
				;
			word = g_strndup(start, (gsize) (p - start));
			state = carom_verp_read(word, settings, today, out);
			if (is_signed(state))
				return state;
			carom_verp_clear(out);
		}
		if (p == start) {
			p++;
			continue;
		}
		state = find_token(start, p, settings, today, out);
		if (state != CAROM_VERP_NONE)
			return state;
	}
	memset(out, 0, sizeof *out);
	return CAROM_VERP_NONE;
}

/* Only what every mail server lets through unquoted, and what doesn't read as another form. */
static gboolean
fits_address_form(const char *recipient)
{
	const char *at = strrchr(recipient, '@');

	for (const char *p = recipient; *p; p++)
		if (p != at && !g_ascii_isalnum(*p) && strchr("!#$%&'*+-/=?^_`{|}~.", *p) == NULL)
			return FALSE;
	return at != NULL && at != recipient && at[-1] != '=' && strchr(at, '.') != NULL;
}

static guint
stream_digits(guint stream)
{
	return stream > CAROM_VERP_SHORT_STREAM ? 2 + CAROM_VERP_LONG : 2;
}

CaromStatus
carom_verp_write(const CaromVerpSettings *settings, const char *sender, const char *recipient,
		 guint stream, gint day, char **out, GError **err)
{
	g_autofree char *parsed = carom_address_parse(recipient, -1);
	g_autofree char *text = NULL;
	const char *at = strrchr(sender, '@'), *their_at;
	char tag[CAROM_VERP_TAG + CAROM_VERP_LONG + 1];
	gsize local, head;

	*out = NULL;
	if (settings->keys == NULL || at == NULL || at == sender)
		return carom_status_fail(err, CAROM_MISUSE,
					 settings->keys ? "verp: \"%s\" is no sender address"
							: "verp: no key to sign with for %s",
					 sender);
	if (parsed == NULL)
		return carom_status_fail(err, CAROM_MALFORMED, "verp: \"%s\" is no address",
					 recipient);
	if (!fits_address_form(parsed))
		return carom_status_fail(err, CAROM_MALFORMED,
					 "verp: %s has characters that only the token form carries",
					 parsed);
	head = 4 + stream_digits(stream);
	local = (gsize) (at - sender) + 1 + strlen(parsed) + 1 + head + MAC_DIGITS +
		settings->reserve;
	if (local > CAROM_VERP_LOCAL_MAX)
		return carom_status_fail(err, CAROM_MALFORMED,
					 "verp: %s makes a local part of %" G_GSIZE_FORMAT
					 " octets, over %d; use the token form",
					 parsed, local, CAROM_VERP_LOCAL_MAX);
	if (stream > CAROM_VERP_MAX_STREAM || day < 0 || day > 32767)
		return carom_status_fail(err, CAROM_MISUSE,
					 "verp: stream %u or day %d is out of range", stream, day);
	tag[0] = carom_keyring_writer(settings->keys);
	base32_write(tag + 1, 3, (guint64) day);
	base32_write(tag + 4, stream_digits(stream), stream);
	text = signed_text(sender, parsed, tag, head);
	short_mac(settings->keys, tag[0], text, tag + head);
	their_at = strrchr(parsed, '@');
	*out = g_strdup_printf("%.*s%c%.*s=%s%c%s%s", (int) (at - sender), sender,
			       settings->delimiters[0], (int) (their_at - parsed), parsed,
			       their_at + 1, settings->delimiters[0], tag, at);
	return CAROM_OK;
}

CaromStatus
carom_verp_token(const CaromVerpSettings *settings, guint64 address_id, guint stream, gint day,
		 char **out, GError **err)
{
	const gsize head = 12 + stream_digits(stream);
	g_autofree char *text = NULL;
	char token[CAROM_VERP_TOKEN + CAROM_VERP_LONG + 1];

	*out = NULL;
	if (settings->keys == NULL)
		return carom_status_fail(err, CAROM_MISUSE, "verp: no key to sign with");
	if (address_id == 0 || address_id > CAROM_VERP_MAX_ID || stream > CAROM_VERP_MAX_STREAM ||
	    day < 0 || day > 32767)
		return carom_status_fail(err, CAROM_MISUSE,
					 "verp: address id, stream or day is out of range");
	token[0] = carom_keyring_writer(settings->keys);
	base32_write(token + 1, 8, address_id);
	base32_write(token + 9, 3, (guint64) day);
	base32_write(token + 12, stream_digits(stream), stream);
	text = signed_text(NULL, NULL, token, head);
	short_mac(settings->keys, token[0], text, token + head);
	*out = g_strdup(token);
	return CAROM_OK;
}

CaromStatus
carom_verp_write_token(const CaromVerpSettings *settings, const char *sender, const char *token,
		       char **out, GError **err)
{
	const char *at = strrchr(sender, '@');
	gsize local;

	*out = NULL;
	if (at == NULL || at == sender)
		return carom_status_fail(err, CAROM_MISUSE, "verp: \"%s\" is no sender address",
					 sender);
	local = (gsize) (at - sender) + 1 + strlen(token);
	if (local > CAROM_VERP_TOKEN_LOCAL_MAX)
		return carom_status_fail(
			err, CAROM_MALFORMED,
			"verp: %s is too long before its @: at most %d octets leave "
			"room for the token",
			sender, CAROM_VERP_TOKEN_LOCAL_MAX - 1 - (int) strlen(token));
	if (local + settings->reserve > CAROM_VERP_LOCAL_MAX)
		return carom_status_fail(
			err, CAROM_MALFORMED,
			"verp: what XVERP adds makes a local part of over %d octets",
			CAROM_VERP_LOCAL_MAX);
	*out = g_strdup_printf("%.*s%c%s%s", (int) (at - sender), sender, settings->delimiters[0],
			       token, at);
	return CAROM_OK;
}
