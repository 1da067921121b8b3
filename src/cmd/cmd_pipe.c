/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "intake/intake.h"
#include "base/log.h"
#include "report/report_log.h"
#include "mail/mailbox.h"
#include "pipe/giver.h"
#include "base/test_hook.h"

#include <signal.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

/*
 * Past our own deadline nothing is certain but that Postfix must keep the
 * message. Its own time limit would bounce it, so ours is shorter.
 */
static void
give_up(int signal_number)
{
	static const char text[] =
		"carom: no end within the deadline; the message stays in the queue\n";

	(void) signal_number;
	(void) !write(STDERR_FILENO, text, sizeof text - 1);
	_exit(EX_TEMPFAIL);
}

/* Out of memory, GLib would abort: death by signal, which Postfix defers too. */
static void
set_deadline(unsigned seconds)
{
	struct sigaction action = { .sa_handler = give_up };

	sigaction(SIGALRM, &action, NULL);
	alarm(seconds);
}

static CaromStatus
take(const CaromEnvelope *envelope, GError **err)
{
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(CaromKnown) known = NULL;
	g_autoptr(CaromStore) store = NULL;
	g_autoptr(CaromReport) report = NULL;
	g_autofree char *data = NULL;
	CaromRecorder recorder;
	CaromRecorded recorded;
	gsize len, size;
	CaromStatus status = cmd_load_config(TRUE, &config, err);

	if (status != CAROM_OK)
		return status;
	carom_log_open(config->log.syslog);
	set_deadline((unsigned) config->pipe.deadline);
	status = carom_mailbox_read(STDIN_FILENO, config->limits.bytes, &data, &len, &size, err);
	carom_test_hook("read");
	if (status == CAROM_OK && carom_giver_is_gone())
		return carom_status_fail(err, CAROM_RETRY,
					 "whoever gave the message is gone: it may be cut");
	if (status == CAROM_OK)
		status = carom_known_load(g_steal_pointer(&config), &known, err);
	if (status == CAROM_OK)
		status = carom_store_open(known->config->database.conninfo,
					  known->config->pipe.deadline / 2 + 1, &store, err);
	if (status != CAROM_OK)
		return status;
	recorder = carom_intake_recorder_of_store(store);
	status = carom_intake_take(known, &recorder, envelope, &(CaromBytes){ data, len, size },
				   &report, &recorded, err);
	if (status != CAROM_OK)
		return status;
	carom_test_hook("committed");
	carom_report_log(report, recorded.duplicate ? "again" : "recorded");
	return CAROM_OK;
}

int
cmd_pipe(int argc, char **argv)
{
	static CaromEnvelope envelope;
	const GOptionEntry options[] = {
		{ "recipient", 'r', 0, G_OPTION_ARG_STRING, &envelope.recipient,
		  "envelope recipient, ${recipient}", "ADDRESS" },
		{ "original-recipient", 'o', 0, G_OPTION_ARG_STRING, &envelope.original_recipient,
		  "before aliases, ${original_recipient}", "ADDRESS" },
		{ "sender", 'f', 0, G_OPTION_ARG_STRING, &envelope.sender,
		  "envelope sender, ${sender}", "ADDRESS" },
		{ "queue-id", 'q', 0, G_OPTION_ARG_STRING, &envelope.queue_id,
		  "for the log, ${queue_id}", "ID" },
		{ "client-address", 'a', 0, G_OPTION_ARG_STRING, &envelope.client_address,
		  "${client_address}; empty: no SMTP client", "IP" },
		G_OPTION_ENTRY_NULL
	};
	g_autoptr(GError) error = NULL;
	CaromStatus status;

	carom_giver_remember();
	/* before anything that can fail: what is printed must not look like a status code, what is
	 * returned must be 75 */
	if (!cmd_options(
		    &argc, &argv, options, NULL,
		    "Records the report on standard input; for Postfix's pipe(8).",
		    "Exit 0: recorded. Exit 75: not recorded, deliver again. There is no other."))
		return EX_TEMPFAIL;
	if (argc > 1) {
		fprintf(stderr, "carom: pipe takes no argument \"%s\"\n", argv[1]);
		return EX_TEMPFAIL;
	}
	status = take(&envelope, &error);
	if (status != CAROM_OK) {
		carom_log(CAROM_LOG_ERROR, "%s: put off (%s): %s",
			  envelope.queue_id ? envelope.queue_id : "NOQUEUE",
			  carom_status_name(status), error ? error->message : "");
		fprintf(stderr, "carom: %s\n", error ? error->message : carom_status_name(status));
	}
	return carom_status_pipe_exit(status);
}
