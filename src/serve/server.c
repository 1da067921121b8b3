/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "serve/server.h"
#include "base/log.h"
#include "base/process.h"
#include "base/signals.h"
#include "serve/guard.h"
#include "serve/lmtp.h"
#include "serve/milter.h"
#include "serve/milter_inbound.h"
#include "serve/milter_outbound.h"

#include <pthread.h>

#define DRAIN_SECONDS 20
#define QUESTION_SECONDS 5 /* that a look-up at RCPT may take */

/* What is NULL was not started. */
typedef struct {
	CaromServerRole role;
	CaromSnapshots *snapshots;
	/* inbound */
	CaromMemoryBudget budget;
	CaromDaemonIntake intake;
	CaromPool *pool;
	CaromMilterInbound milter_inbound;
	CaromLmtp *lmtp;
	/* outbound */
	CaromGuard *guard;
	/* both */
	pthread_t milter_thread;
	gboolean milter_started;
} Server;

static void *
milter_main(void *user)
{
	g_autoptr(GError) error = NULL;

	(void) user;
	if (carom_milter_run(&error) != CAROM_OK) {
		carom_log(CAROM_LOG_ERROR, "%s", error->message);
		carom_signals_fail();
	}
	return NULL;
}

/* Opens the socket and lets a thread answer. path "": none is wanted. */
static CaromStatus
start_milter(Server *server, const CaromMilterRole *role, gpointer daemon, const char *path,
	     GError **err)
{
	CaromStatus status;
	int code;

	if (*path == '\0')
		return CAROM_OK;
	status = carom_milter_open(role, daemon, server->snapshots, path, err);
	if (status != CAROM_OK)
		return status;
	code = pthread_create(&server->milter_thread, NULL, milter_main, NULL);
	server->milter_started = code == 0;
	return code == 0 ? CAROM_OK
			 : carom_status_fail(err, CAROM_RETRY, "starting the milter: %s",
					     g_strerror(code));
}

static CaromStatus
start_inbound(Server *server, const CaromConfig *config, GError **err)
{
	CaromDaemonIntake *intake = &server->intake;
	CaromStatus status = carom_writer_start(config->database.conninfo, &intake->writer, err);

	server->pool = carom_pool_new(config->database.conninfo, QUESTION_SECONDS);
	intake->snapshots = server->snapshots;
	intake->budget = &server->budget;
	server->milter_inbound = (CaromMilterInbound){ intake, server->pool };
	if (status == CAROM_OK && *config->serve.lmtp_socket)
		status = carom_lmtp_start(intake, config->serve.lmtp_socket,
					  config->serve.socket_group, &server->lmtp, err);
	if (status == CAROM_OK)
		status = start_milter(server, &carom_milter_inbound, &server->milter_inbound,
				      config->serve.inbound_socket, err);
	return status;
}

static CaromStatus
start_outbound(Server *server, const CaromConfig *config, GError **err)
{
	CaromStatus status = carom_guard_start(config, &server->guard, err);

	if (status == CAROM_OK)
		status = start_milter(server, &carom_milter_outbound, server->guard,
				      config->serve.outbound_socket, err);
	return status;
}

static CaromStatus
load(void *role, const char *config_file, GError **err)
{
	Server *server = role;

	return server->snapshots ? carom_snapshots_reload(server->snapshots, err)
				 : carom_snapshots_open(config_file, &server->snapshots, err);
}

/* All sockets are open when this returns CAROM_OK. */
static CaromStatus
start(void *role, GError **err)
{
	Server *server = role;
	g_autoptr(CaromSnapshot) snapshot = carom_snapshots_get(server->snapshots);
	const CaromConfig *config = snapshot->known->config;
	CaromStatus status;

	carom_log_open(config->log.syslog);
	status = server->role == CAROM_SERVER_INBOUND ? start_inbound(server, config, err)
						      : start_outbound(server, config, err);
	if (status == CAROM_OK && snapshot->known->keys == NULL)
		carom_log(CAROM_LOG_WARNING, "no signing key is configured: plain VERP return "
					     "addresses are believed as they come");
	return status;
}

/*
 * What is under way has its time to end; then nobody waits for the database any
 * more, and what was not answered stays with the clients.
 */
static void
stop(void *role)
{
	Server *server = role;
	CaromDeadline drained = carom_deadline_in_s(DRAIN_SECONDS);

	carom_lmtp_drain(server->lmtp, CAROM_DEADLINE_PASSED); /* both sockets close at once */
	if (server->milter_started)
		carom_milter_drain(drained);
	carom_lmtp_drain(server->lmtp, drained);
	if (server->intake.writer != NULL)
		carom_writer_hurry(server->intake.writer);
	carom_lmtp_stop(server->lmtp);
	if (server->milter_started) {
		carom_milter_stop();
		pthread_join(server->milter_thread, NULL);
	}
	carom_writer_stop(server->intake.writer);
	carom_pool_free(server->pool);
	carom_guard_stop(server->guard);
}

CaromStatus
carom_server_run(CaromServerRole role, const char *config_file, const char *pidfile, GError **err)
{
	const CaromProcess process = { .name = role == CAROM_SERVER_INBOUND ? "inbound"
									    : "outbound",
				       .loads = "configuration and rules",
				       .failed = "the milter gave up",
				       .load = load,
				       .start = start,
				       .stop = stop };
	Server server = { .role = role };
	CaromStatus status = carom_process_run(&process, &server, config_file, pidfile, err);

	carom_snapshots_close(server.snapshots);
	return status;
}
