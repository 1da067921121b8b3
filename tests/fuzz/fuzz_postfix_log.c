/* SPDX-License-Identifier: BSD-2-Clause */
/* A mail log, as a file and line by line. */
#include "config.h"

#include "fuzz.h"
#include "base/log_file.h"
#include "mail/postfix_log.h"

#include <string.h>

static gboolean
is_within(const CaromPostfixPiece *piece, const char *text, gsize len)
{
	return piece->len == 0 || (piece->text >= text && piece->text + piece->len <= text + len);
}

static void
check_event(const char *text, gsize len)
{
	static const char *const tags[] = { "postfix/smtp", "postfix/qmgr", "postfix/smtpd",
					    "postfix/pickup" };

	for (gsize i = 0; i < G_N_ELEMENTS(tags); i++) {
		const CaromPostfixPiece tag = { tags[i], strlen(tags[i]) }, piece = { text, len };
		CaromPostfixEvent event;

		if (!carom_postfix_log_event(&tag, &piece, &event))
			continue;
		FUZZ_CHECK(event.kind != CAROM_POSTFIX_OTHER);
		FUZZ_CHECK(event.id.len > 0 && event.id.len <= CAROM_POSTFIX_LOG_ID_MAX);
		FUZZ_CHECK(is_within(&event.id, text, len));
		FUZZ_CHECK(is_within(&event.address, text, len));
		FUZZ_CHECK(is_within(&event.client, text, len));
		FUZZ_CHECK(is_within(&event.login, text, len));
		FUZZ_CHECK(is_within(&event.original_id, text, len));
		FUZZ_CHECK(is_within(&event.relay, text, len));
		FUZZ_CHECK(is_within(&event.said, text, len));
		FUZZ_CHECK(is_within(&event.queued_as, text, len));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FuzzFile input;
	static GTimeZone *utc;
	CaromLogFile *file;
	CaromLogEntry entry;
	guint64 last = 0;

	if (utc == NULL) {
		utc = g_time_zone_new_utc();
		fuzz_file_open(&input);
	}
	fuzz_file_set(&input, data, size);
	FUZZ_CHECK(carom_log_file_open(input.path, &file, NULL) == CAROM_OK);
	while (carom_log_file_next(file, &entry, NULL) == CAROM_OK) {
		CaromPostfixHeader header;

		FUZZ_CHECK(carom_log_file_position(file) > last);
		last = carom_log_file_position(file);
		FUZZ_CHECK(entry.line.len <= CAROM_LOG_LINE_MAX &&
			   entry.text.len <= CAROM_LOG_LINE_MAX);
		check_event(entry.text.text ? entry.text.text : "", entry.text.len);
		if (entry.is_journal ||
		    !carom_postfix_log_header(entry.line.text, entry.line.len, &header))
			continue;
		FUZZ_CHECK(is_within(&header.text, entry.line.text, entry.line.len));
		FUZZ_CHECK(carom_postfix_log_time(&header.stamp, utc, 1795867200) >= -1 ||
			   header.stamp.year < 1970);
		check_event(header.text.text, header.text.len);
	}
	carom_log_file_close(file);
	return 0;
}
