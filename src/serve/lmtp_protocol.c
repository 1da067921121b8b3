/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "serve/lmtp_protocol.h"
#include "base/log.h"
#include "base/text.h"
#include "mail/xtext.h"
#include "serve/lmtp_stream.h"

#include <string.h>

#define MAX_RECIPIENTS 100 /* what RFC 5321 4.5.3.1.8 asks for */

typedef struct {
	char *address, *original;
} Recipient;

struct CaromLmtpProtocol {
	CaromLmtpStream stream;
	const CaromDaemonIntake *intake;
	int busy; /* between DATA and its last answer; atomic */
	char *sender, *client, *queue_id;
	GPtrArray *recipients; /* of Recipient * */
	CaromIncoming incoming;
};

static void
recipient_free(gpointer data)
{
	Recipient *r = data;

	g_free(r->address);
	g_free(r->original);
	g_free(r);
}

static void
reset_transaction(CaromLmtpProtocol *s)
{
	g_clear_pointer(&s->sender, g_free);
	g_ptr_array_set_size(s->recipients, 0);
}

/* ---- arguments ---- */

/* The value of a " NAME=value" parameter; NULL if it isn't there. Caller's. */
static char *
parameter(const char *rest, const char *name)
{
	g_autofree char *wanted = g_strconcat(" ", name, "=", NULL);
	const char *at = carom_text_find(rest, strlen(rest), wanted);

	if (at == NULL)
		return NULL;
	at += strlen(wanted);
	return carom_xtext_decode(at, strcspn(at, " "));
}

/* The path in "FROM:<a@b> PARAM=…"; *rest is set behind it. NULL if there is none. Caller's. */
static char *
read_path(const char *argument, const char *keyword, const char **rest)
{
	const char *open, *close;
	gboolean quoted = FALSE;

	if (!carom_text_has_prefix(argument, keyword))
		return NULL;
	open = argument + strlen(keyword);
	open += strspn(open, " ");
	if (*open != '<')
		return NULL;
	for (close = open + 1; *close && (quoted || *close != '>'); close++) {
		if (*close == '\\' && close[1])
			close++;
		else if (*close == '"')
			quoted = !quoted;
	}
	if (*close != '>')
		return NULL;
	*rest = close + 1;
	return g_strndup(open + 1, (gsize) (close - open - 1));
}

/* ---- commands ---- */

static void
answer(CaromLmtpProtocol *s, const char *line)
{
	carom_lmtp_stream_answer(&s->stream, "%s\r\n", line);
}

static void
do_lhlo(CaromLmtpProtocol *s, const char *argument)
{
	(void) argument;
	reset_transaction(s);
	answer(s, "250-carom\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
		  "250-ENHANCEDSTATUSCODES\r\n250-DSN\r\n"
		  "250-XFORWARD NAME ADDR PROTO HELO SOURCE PORT IDENT\r\n250 SIZE");
}

static void
do_mail(CaromLmtpProtocol *s, const char *argument)
{
	const char *rest;
	char *sender = read_path(argument, "FROM:", &rest);

	if (s->sender != NULL) {
		g_free(sender);
		answer(s, "503 5.5.1 There is a transaction already");
	} else if (sender == NULL) {
		answer(s, "501 5.5.4 MAIL FROM:<address> was expected");
	} else {
		s->sender = sender;
		answer(s, "250 2.1.0 Ok");
	}
}

static void
do_rcpt(CaromLmtpProtocol *s, const char *argument)
{
	const char *rest = NULL;
	g_autofree char *address = read_path(argument, "TO:", &rest);
	g_autofree char *orcpt = NULL;
	const char *semicolon;
	Recipient *recipient;

	if (s->sender == NULL) {
		answer(s, "503 5.5.1 MAIL comes first");
		return;
	}
	if (address == NULL || *address == '\0') {
		answer(s, "501 5.5.4 RCPT TO:<address> was expected");
		return;
	}
	if (s->recipients->len >= MAX_RECIPIENTS) {
		answer(s, "452 4.5.3 Too many recipients");
		return;
	}
	orcpt = parameter(rest, "ORCPT");
	semicolon = orcpt ? strchr(orcpt, ';') : NULL;
	recipient = g_new0(Recipient, 1);
	recipient->address = g_steal_pointer(&address);
	recipient->original = semicolon ? g_strdup(semicolon + 1) : NULL;
	g_ptr_array_add(s->recipients, recipient);
	answer(s, "250 2.1.5 Ok");
}

/* The SMTP client as the SMTP server of Postfix saw it. "" is certain: there was none. Caller's. */
static char *
client_address(const char *told)
{
	if (strcmp(told, "[UNAVAILABLE]") == 0)
		return g_strdup("");
	return g_strdup(carom_text_has_prefix(told, "IPv6:") ? told + strlen("IPv6:") : told);
}

static void
do_xforward(CaromLmtpProtocol *s, const char *argument)
{
	g_autofree char *rest = g_strconcat(" ", argument, NULL);
	g_autofree char *source = parameter(rest, "SOURCE"), *told = parameter(rest, "ADDR");
	g_autofree char *id = parameter(rest, "IDENT");

	/*
	 * For a report of its own Postfix (3.7) says SOURCE=LOCAL and no ADDR at
	 * all; for mail by SMTP always ADDR, and before SOURCE. Neither: unknown.
	 */
	if (told != NULL) {
		g_free(s->client);
		s->client = client_address(told);
	} else if (s->client == NULL && source != NULL &&
		   g_ascii_strcasecmp(source, "LOCAL") == 0) {
		s->client = g_strdup("");
	}
	if (id != NULL && strcmp(id, "[UNAVAILABLE]") != 0) {
		g_free(s->queue_id);
		s->queue_id = g_steal_pointer(&id);
	}
	answer(s, "250 2.0.0 Ok");
}

static void
set_busy(CaromLmtpProtocol *s, int busy)
{
	__atomic_store_n(&s->busy, busy, __ATOMIC_RELAXED);
}

static void
take_for(CaromLmtpProtocol *s, const Recipient *recipient)
{
	const CaromEnvelope envelope = { .recipient = recipient->address,
					 .original_recipient = recipient->original,
					 .sender = s->sender,
					 .queue_id = s->queue_id,
					 .client_address = s->client };
	const CaromBytes message = { s->incoming.data, s->incoming.len, s->incoming.size };
	g_autoptr(GError) error = NULL;
	CaromStatus status;

	/* the answers before it are not to wait for its commit */
	carom_lmtp_stream_flush(&s->stream);
	status = carom_daemon_intake_take(s->intake, &envelope, &message, NULL, &error);
	if (status == CAROM_OK) {
		answer(s, "250 2.0.0 Recorded");
	} else {
		g_autofree char *why = carom_text_printable(
			error ? error->message : carom_status_name(status), 300);

		carom_lmtp_stream_answer(&s->stream, "451 4.3.0 Not recorded: %s\r\n", why);
	}
}

/* The message came to its end, but there was no room to keep it: it stays with the client. */
static void
put_off(CaromLmtpProtocol *s)
{
	g_autofree char *id = carom_text_printable(s->queue_id ? s->queue_id : "NOQUEUE", 64);

	carom_log(CAROM_LOG_WARNING, "%s: put off: too much mail comes in at once", id);
	for (guint i = 0; i < s->recipients->len; i++)
		answer(s, "452 4.3.1 Too much mail comes in at once, try again");
}

/* XFORWARD holds for one message. */
static void
end_message(CaromLmtpProtocol *s)
{
	carom_incoming_clear(&s->incoming);
	reset_transaction(s);
	g_clear_pointer(&s->client, g_free);
	g_clear_pointer(&s->queue_id, g_free);
}

static void
do_data(CaromLmtpProtocol *s, const char *argument)
{
	g_autoptr(CaromSnapshot) snapshot = NULL;
	gboolean ended;

	(void) argument;
	if (s->recipients->len == 0) {
		answer(s, "503 5.5.1 RCPT comes first");
		return;
	}
	snapshot = carom_snapshots_get(s->intake->snapshots);
	set_busy(s, TRUE);
	answer(s, "354 End with a dot on a line of its own");
	carom_incoming_begin(&s->incoming, s->intake->budget,
			     snapshot->known->config->limits.bytes);
	ended = !s->stream.failed && carom_lmtp_stream_data(&s->stream, &s->incoming);
	if (ended && s->incoming.crowded)
		put_off(s);
	else if (ended)
		for (guint i = 0; i < s->recipients->len; i++)
			take_for(s, s->recipients->pdata[i]);
	end_message(s);
	set_busy(s, FALSE);
}

static void
do_rset(CaromLmtpProtocol *s, const char *argument)
{
	(void) argument;
	reset_transaction(s);
	answer(s, "250 2.0.0 Ok");
}

static void
do_noop(CaromLmtpProtocol *s, const char *argument)
{
	(void) argument;
	answer(s, "250 2.0.0 Ok");
}

static void
do_vrfy(CaromLmtpProtocol *s, const char *argument)
{
	(void) argument;
	answer(s, "252 2.0.0 Send it and see");
}

/* FALSE when the session is over. */
static gboolean
do_command(CaromLmtpProtocol *s, char *line)
{
	static const struct {
		const char *name;
		void (*run)(CaromLmtpProtocol *s, const char *argument);
	} commands[] = {
		{ "LHLO", do_lhlo }, { "MAIL", do_mail },         { "RCPT", do_rcpt },
		{ "DATA", do_data }, { "XFORWARD", do_xforward }, { "RSET", do_rset },
		{ "NOOP", do_noop }, { "VRFY", do_vrfy },
	};
	gsize n = strcspn(line, " ");
	const char *argument = line + n + strspn(line + n, " ");

	line[n] = '\0';
	if (g_ascii_strcasecmp(line, "QUIT") == 0) {
		answer(s, "221 2.0.0 Bye");
		return FALSE;
	}
	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
		if (g_ascii_strcasecmp(line, commands[i].name) == 0) {
			commands[i].run(s, argument);
			return !s->stream.failed;
		}
	}
	answer(s, "500 5.5.2 Not a command of this server");
	return !s->stream.failed;
}

/* ---- the conversation ---- */

CaromLmtpProtocol *
carom_lmtp_protocol_new(const CaromDaemonIntake *intake, int fd)
{
	CaromLmtpProtocol *s = g_new0(CaromLmtpProtocol, 1);

	s->intake = intake;
	carom_lmtp_stream_init(&s->stream, fd);
	s->recipients = g_ptr_array_new_with_free_func(recipient_free);
	return s;
}

void
carom_lmtp_protocol_serve(CaromLmtpProtocol *s)
{
	char *line;

	answer(s, "220 carom LMTP");
	while ((line = carom_lmtp_stream_line(&s->stream)) != NULL && do_command(s, line))
		;
	carom_lmtp_stream_flush(&s->stream);
}

gboolean
carom_lmtp_protocol_is_busy(const CaromLmtpProtocol *s)
{
	return __atomic_load_n(&s->busy, __ATOMIC_RELAXED) != 0;
}

void
carom_lmtp_protocol_free(CaromLmtpProtocol *s)
{
	end_message(s);
	g_ptr_array_free(s->recipients, TRUE);
	carom_lmtp_stream_clear(&s->stream);
	g_free(s);
}
