/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One conversation of the LMTP socket. The stream's file is taken in whole, its
 * system calls and what is behind it are played here: the client's bytes come
 * in pieces, the answers are checked, nothing waits. Inside a session the
 * client is the only thread.
 */
#include "config.h"

#include "fuzz.h"

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t fuzz_recv(int fd, void *buffer, size_t size, int flags);
static ssize_t fuzz_send(int fd, const void *buffer, size_t size, int flags);

#define recv fuzz_recv
#define send fuzz_send
#include "serve/lmtp_stream.c"
#undef recv
#undef send

#include "serve/lmtp_protocol.h"

static struct {
	const uint8_t *p, *end;
	unsigned turn;
	GString *answers;
} client;

static ssize_t
fuzz_recv(int fd, void *buffer, size_t size, int flags)
{
	static const size_t pieces[] = { 1, 7, 4096, 2, 100, 16 * 1024 };
	size_t n = pieces[client.turn++ % G_N_ELEMENTS(pieces)];

	(void) fd;
	(void) flags;
	FUZZ_CHECK(size > 0);
	n = MIN(n, (size_t) (client.end - client.p));
	n = MIN(n, size);
	memcpy(buffer, client.p, n);
	client.p += n;
	return (ssize_t) n;
}

static ssize_t
fuzz_send(int fd, const void *buffer, size_t size, int flags)
{
	size_t n = client.turn++ % 3 == 0 && size > 1 ? size / 2 : size; /* short writes */

	(void) fd;
	(void) flags;
	g_string_append_len(client.answers, buffer, (gssize) n);
	return (ssize_t) n;
}

/* What is behind it: an intake that always or, for an odd size, never can record. */
CaromStatus
carom_daemon_intake_take(const CaromDaemonIntake *door, const CaromEnvelope *envelope,
			 const CaromBytes *message, CaromReport **report, GError **err)
{
	volatile char last = message->len > 0 ? message->data[message->len - 1] : '\0';

	(void) door;
	(void) report;
	(void) last;
	FUZZ_CHECK(envelope->recipient != NULL && *envelope->recipient != '\0' &&
		   envelope->sender != NULL);
	FUZZ_CHECK(message->len <= message->size);
	return message->size % 2 == 0
		       ? CAROM_OK
		       : carom_status_fail(err, CAROM_RETRY, "away: %s\r\n250 forged",
					   envelope->recipient);
}

CaromSnapshot *
carom_snapshots_get(CaromSnapshots *snapshots)
{
	static CaromConfig config = {
		.limits = { .bytes = 1000, .depth = 10, .parts = 10, .header = 1000, .text = 1000 }
	};
	static CaromKnown known = { .config = &config };
	static CaromSnapshot snapshot = { .known = &known };

	(void) snapshots;
	return &snapshot;
}

void
carom_snapshot_unref(CaromSnapshot *snapshot)
{
	(void) snapshot;
}

/* Every answer is a whole line of code, separator and text: nothing of the client's can make a
 * second one. */
static void
check_answers(void)
{
	char *p = client.answers->str;

	FUZZ_CHECK(g_str_has_prefix(p, "220 "));
	FUZZ_CHECK(strlen(p) == client.answers->len);
	while (*p) {
		char *crlf = strstr(p, "\r\n");

		FUZZ_CHECK(crlf != NULL);
		FUZZ_CHECK(g_ascii_isdigit(p[0]) && g_ascii_isdigit(p[1]) &&
			   g_ascii_isdigit(p[2]) && (p[3] == ' ' || p[3] == '-'));
		FUZZ_CHECK(memchr(p, '\n', (size_t) (crlf - p)) == NULL);
		p = crlf + 2;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static CaromMemoryBudget budget;
	static const CaromDaemonIntake intake = { .budget = &budget };
	CaromLmtpProtocol *protocol;

	client.p = data;
	client.end = data + size;
	client.turn = 0;
	client.answers = g_string_new(NULL);
	protocol = carom_lmtp_protocol_new(&intake, -1);
	carom_lmtp_protocol_serve(protocol);
	FUZZ_CHECK(!carom_lmtp_protocol_is_busy(protocol));
	carom_lmtp_protocol_free(protocol);
	FUZZ_CHECK(budget.held == 0);
	check_answers();
	g_string_free(client.answers, TRUE);
	return 0;
}
