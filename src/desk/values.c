/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "desk/values.h"
#include "desk/words.h"

#include <string.h>

#define WORD(name) CAROM_DESK_WORD_##name

/* Values mean the same in each of the columns that stand in a row, with blanks between. */
static const struct {
	const char *columns, *value;
	CaromDeskWord word;
} values[] = {
	{ "kind event_kind source", "bounce", WORD(VALUE_BOUNCE) },
	{ "kind event_kind", "delay", WORD(VALUE_DELAY) },
	{ "kind event_kind", "delivery", WORD(VALUE_DELIVERY) },
	{ "kind event_kind source", "complaint", WORD(VALUE_COMPLAINT) },
	{ "kind event_kind source", "unsubscribe", WORD(VALUE_UNSUBSCRIBE) },
	{ "kind event_kind", "auto_reply", WORD(VALUE_AUTO_REPLY) },
	{ "kind event_kind", "auth_report", WORD(VALUE_AUTH_REPORT) },
	{ "kind event_kind", "unrecognised", WORD(VALUE_UNRECOGNISED) },
	{ "source", "upstream", WORD(VALUE_UPSTREAM) },
	{ "source", "staff", WORD(VALUE_STAFF) },
	{ "source", "import", WORD(VALUE_IMPORT) },
	{ "change", "add", WORD(VALUE_ADD) },
	{ "change", "replace", WORD(VALUE_REPLACE) },
	{ "change", "remove", WORD(VALUE_REMOVE) },
	{ "confidence", "proven", WORD(VALUE_PROVEN) },
	{ "confidence", "matched", WORD(VALUE_MATCHED) },
	{ "confidence", "claimed", WORD(VALUE_CLAIMED) },
	{ "confidence", "guessed", WORD(VALUE_GUESSED) },
	{ "confidence", "unmatched", WORD(VALUE_UNMATCHED) },
	{ "class", "block", WORD(VALUE_BLOCK) },
	{ "state", "open", WORD(VALUE_OPEN) },
	{ "state", "confirmed", WORD(VALUE_CONFIRMED) },
	{ "state", "discarded", WORD(VALUE_DISCARDED) },
	{ "state", "good", WORD(VALUE_GOOD) },
	{ "state", "expired", WORD(VALUE_EXPIRED) },
	{ "state", "revoked", WORD(VALUE_REVOKED) },
	{ "state", "active", WORD(VALUE_ACTIVE) },
	{ "state", "paused", WORD(VALUE_PAUSED) },
	{ "state", "disabled", WORD(VALUE_DISABLED) },
	{ "state", "waiting", WORD(VALUE_WAITING) },
	{ "state", "delivered", WORD(VALUE_DELIVERED) },
	{ "state", "dead", WORD(VALUE_DEAD) },
	{ "blame", "address", WORD(VALUE_BLAME_ADDRESS) },
	{ "blame", "receiver", WORD(VALUE_BLAME_RECEIVER) },
	{ "blame", "us", WORD(VALUE_BLAME_US) },
	{ "blame", "nobody", WORD(VALUE_BLAME_NOBODY) },
};

static gboolean
has_word(const char *words, const char *word)
{
	const gsize len = strlen(word);

	for (const char *p = words; *p != '\0'; p += strspn(p, " ")) {
		const gsize n = strcspn(p, " ");

		if (n == len && strncmp(p, word, n) == 0)
			return TRUE;
		p += n;
	}
	return FALSE;
}

const char *
carom_values_say(const char *column, const char *value, const char *lang)
{
	for (gsize i = 0; i < G_N_ELEMENTS(values); i++)
		if (strcmp(values[i].value, value) == 0 && has_word(values[i].columns, column))
			return carom_desk_word(lang, values[i].word);
	return value;
}

/* ---- faults ------------------------------------------------------------------------- */

/* The first row whose text stands in the message counts. */
static const struct {
	const char *text;
	CaromDeskWord word;
} faults[] = {
	/* Postgres's own */
	{ "invalid input syntax for type date", WORD(FAULT_DATE) },
	{ "date/time field value out of range", WORD(FAULT_DATE) },
	{ "date out of range", WORD(FAULT_DATE) },
	{ "timestamp out of range", WORD(FAULT_DATE) },
	{ "invalid input syntax for type bigint", WORD(FAULT_NUMBER) },
	{ "invalid input syntax for type integer", WORD(FAULT_NUMBER) },
	{ "is out of range for type", WORD(FAULT_NUMBER) },
	{ "invalid input syntax for type json", WORD(FAULT_PLACE) },
	{ "invalid input syntax for type timestamp", WORD(FAULT_PLACE) },
	/* ours */
	{ "after is no place in the list", WORD(FAULT_PLACE) },
	{ "is neither an address nor @domain", WORD(FAULT_ADDRESS) },
	{ "is no address", WORD(FAULT_ADDRESS) },
	{ "is no domain of anybody's", WORD(FAULT_SHARED) },
	{ "a reason is needed", WORD(ADDRESS_AND_REASON) },
	/* of a row of a file */
	{ "the address is empty", WORD(FAULT_EMPTY) },
	{ "a reason is expected", WORD(FAULT_REASON) },
	{ "is no source", WORD(FAULT_SOURCE) },
	{ "is no time", WORD(FAULT_TIME) },
	{ "too long", WORD(FAULT_LONG) },
	{ "a cell more than there are columns", WORD(FAULT_MORE_CELLS) },
	{ "was the file cut short", WORD(FAULT_FEWER_CELLS) },
	{ "the names of the columns are expected", WORD(FAULT_COLUMNS) },
	{ "no format has these columns", WORD(FAULT_FORMAT) },
	{ "would already have expired", WORD(FAULT_EXPIRED) },
	{ "a note is needed", WORD(NOTE_NEEDED) },
	{ "there is no incident", WORD(NO_INCIDENT) },
	{ "a reason, a rule, a provider or the template", WORD(FAULT_CAUSE) },
	{ "is no URL of a webhook", WORD(FAULT_URL) },
	{ "the feed has no type", WORD(FAULT_KIND) },
	{ "an account and a stream have 1 to 128 characters", WORD(FAULT_NAMES) },
	{ "a stream is one of an account", WORD(FAULT_STREAM) },
	{ "there are a hundred webhooks", WORD(FAULT_HUNDRED) },
	{ "a webhook is paused, resumed", WORD(FAULT_WHAT) },
	{ ", not open", WORD(FAULT_CLOSED) },
};

/* What stands between the first quotation mark and the last, a hint left out. The caller's. */
static char *
quoted(const char *message)
{
	const char *first = strchr(message, '"'), *hint = strstr(message, "\". "),
		   *last = hint != NULL ? hint : strrchr(message, '"');

	if (first == NULL || first >= last)
		return g_strdup("");
	return g_strndup(first + 1, (gsize) (last - first - 1));
}

char *
carom_values_fault(const char *lang, const char *message)
{
	for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
		g_autofree char *value = NULL;

		if (strstr(message, faults[i].text) == NULL)
			continue;
		value = quoted(message);
		return carom_desk_word_fill(lang, faults[i].word, "value", value, NULL);
	}
	return carom_desk_word_fill(lang, WORD(FAULT_OTHER), "value", message, NULL);
}
