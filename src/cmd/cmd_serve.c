/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "serve/lmtp.h"
#include "base/log.h"
#include "serve/milter.h"
#include "serve/milter_inbound.h"
#include "serve/milter_outbound.h"
#include "serve/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#define DRAIN_SECONDS 20
#define QUESTION_SECONDS 5 /* that a look-up at RCPT may take */

/*
 * libmilter waits for SIGHUP and SIGTERM in a thread of its own and ends for
 * either. The kernel prefers the main thread for a signal that it doesn't
 * block, so signals come here, and libmilter runs in another thread.
 */
static int signal_pipe[2];

static void
on_signal(int number)
{
	const char byte = (char) number;
	int saved = errno;

	(void) !write(signal_pipe[1], &byte, 1);
	errno = saved;
}

static void
catch_signals(void)
{
	const struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	if (pipe2(signal_pipe, O_CLOEXEC) < 0)
		return;
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* sd_notify(3) without its library: one datagram to $NOTIFY_SOCKET. */
static void
tell_systemd(const char *state)
{
	const char *path = g_getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (path == NULL || strlen(path) >= sizeof address.sun_path)
		return;
	memcpy(address.sun_path, path, strlen(path));
	if (address.sun_path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void) !sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *) &address,
		       (socklen_t) (offsetof(struct sockaddr_un, sun_path) + strlen(path)));
	close(fd);
}

typedef struct {
	gboolean is_outbound;
	CaromSnapshots *snapshots;
	CaromDaemonIntake intake;
	CaromMemoryBudget budget;
	CaromPool *pool;
	CaromMilterInbound milter_inbound;
	CaromGuard *guard;
	CaromLmtp *lmtp;
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
		on_signal(SIGUSR2); /* the daemon ends, with an exit code that says so */
	}
	return NULL;
}

static CaromStatus
open_milter(Server *server, const char *socket_path, GError **err)
{
	if (server->is_outbound)
		return carom_milter_open(&carom_milter_outbound, server->guard, server->snapshots,
					 socket_path, err);
	server->milter_inbound = (CaromMilterInbound){ &server->intake, server->pool };
	return carom_milter_open(&carom_milter_inbound, &server->milter_inbound, server->snapshots,
				 socket_path, err);
}

/* All sockets are open when this returns CAROM_OK. */
static CaromStatus
start(Server *server, GError **err)
{
	g_autoptr(CaromSnapshot) snapshot = carom_snapshots_get(server->snapshots);
	const CaromConfig *config = snapshot->known->config;
	const char *milter_socket =
		server->is_outbound ? config->serve.outbound_socket : config->serve.inbound_socket;
	CaromStatus status = CAROM_OK;
	sigset_t all, before;

	carom_log_open(config->log.syslog);
	server->intake.snapshots = server->snapshots;
	server->intake.budget = &server->budget;
	/* every thread but this one blocks all signals */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (server->is_outbound) {
		status = carom_guard_start(config, &server->guard, err);
	} else {
		server->pool = carom_pool_new(config->database.conninfo, QUESTION_SECONDS);
		status = carom_writer_start(config->database.conninfo, &server->intake.writer, err);
		if (status == CAROM_OK && *config->serve.lmtp_socket)
			status = carom_lmtp_start(&server->intake, config->serve.lmtp_socket,
						  config->serve.socket_group, &server->lmtp, err);
	}
	if (status == CAROM_OK && *milter_socket)
		status = open_milter(server, milter_socket, err);
	if (status == CAROM_OK && *milter_socket) {
		int code = pthread_create(&server->milter_thread, NULL, milter_main, NULL);

		server->milter_started = code == 0;
		if (code != 0)
			status = carom_status_fail(err, CAROM_RETRY, "starting the milter: %s",
						   g_strerror(code));
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (snapshot->known->keys == NULL)
		carom_log(CAROM_LOG_WARNING, "no signing key is configured: plain VERP return "
					     "addresses are believed as they come");
	return status;
}

static void
stop(Server *server)
{
	if (server->milter_started)
		carom_milter_stop();
	carom_lmtp_stop(server->lmtp, DRAIN_SECONDS);
	if (server->milter_started)
		pthread_join(server->milter_thread, NULL);
	carom_writer_stop(server->intake.writer);
	carom_pool_free(server->pool);
	carom_guard_stop(server->guard);
}

static void
reload(Server *server)
{
	g_autoptr(GError) error = NULL;

	if (carom_snapshots_reload(server->snapshots, &error) == CAROM_OK)
		carom_log(CAROM_LOG_INFO, "configuration and rules reloaded");
	else
		carom_log(CAROM_LOG_ERROR, "not reloaded, what was in force stays: %s",
			  error->message);
}

/* Waits for signals until one ends the daemon; its exit code. */
static int
wait_for_end(Server *server)
{
	struct pollfd signalled = { .fd = signal_pipe[0], .events = POLLIN };

	for (;;) {
		char number;
		gssize n;

		/* poll() ends at any signal, where read() would go on (SA_RESTART): the thread
		 * sanitizer calls handlers only in between */
		if (poll(&signalled, 1, -1) < 0 && errno == EINTR)
			continue;
		n = read(signal_pipe[0], &number, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 1 && number == SIGHUP)
			reload(server);
		else if (n == 1 && number == SIGUSR2)
			return EX_TEMPFAIL;
		else
			return EX_OK;
	}
}

static CaromStatus
write_pidfile(const char *path, GError **err)
{
	FILE *file = path ? fopen(path, "we") : NULL;

	if (path == NULL)
		return CAROM_OK;
	if (file == NULL)
		return carom_status_fail(err, CAROM_MISUSE, "%s: %s", path, g_strerror(errno));
	fprintf(file, "%ld\n", (long) getpid());
	fclose(file);
	return CAROM_OK;
}

int
cmd_serve(int argc, char **argv)
{
	static char *role, *pidfile;
	const GOptionEntry options[] = {
		{ "role", 'r', 0, G_OPTION_ARG_STRING, &role,
		  "inbound: read what comes back; outbound: guard what goes out", "ROLE" },
		{ "pidfile", 'p', 0, G_OPTION_ARG_FILENAME, &pidfile, "write the process id there",
		  "FILE" },
		G_OPTION_ENTRY_NULL
	};
	g_autoptr(GError) error = NULL;
	Server server = { 0 };
	CaromStatus status;
	int code;

	if (!cmd_options(&argc, &argv, options, NULL, "The daemon, in the foreground.",
			 "SIGHUP reloads configuration and rules; SIGTERM ends it when what is "
			 "under way is done."))
		return EX_USAGE;
	if (role == NULL || (strcmp(role, "inbound") != 0 && strcmp(role, "outbound") != 0))
		return cmd_usage("serve wants --role inbound or --role outbound");
	server.is_outbound = strcmp(role, "outbound") == 0;
	catch_signals();
	status = carom_snapshots_open(cmd_config_file ? cmd_config_file : g_getenv("CAROM_CONFIG"),
				      &server.snapshots, &error);
	if (status == CAROM_OK)
		status = write_pidfile(pidfile, &error);
	if (status != CAROM_OK)
		return cmd_fail(status, &error);
	status = start(&server, &error);
	if (status == CAROM_OK) {
		tell_systemd("READY=1");
		carom_log(CAROM_LOG_INFO, "%s ready", role);
		code = wait_for_end(&server);
		tell_systemd("STOPPING=1");
	} else {
		code = cmd_fail(status, &error);
	}
	stop(&server);
	if (pidfile != NULL)
		unlink(pidfile);
	carom_snapshots_close(server.snapshots);
	return code;
}
