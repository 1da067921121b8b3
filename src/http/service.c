/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "http/service.h"
#include "base/log.h"
#include "base/pidfile.h"
#include "base/signals.h"
#include "base/systemd.h"
#include "base/unix_socket.h"
#include "config/settings.h"
#include "config/values.h"
#include "http/checks.h"
#include "http/http.h"
#include "http/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUESTION_SECONDS 5 /* that the database may take for an answer */
#define REPORT_SECONDS 30  /* the same where a person waits for a report */
#define BACKLOG 128

static CaromRate
rate_of(const CaromConfig *config)
{
	return (CaromRate){ (guint) config->api.rate, (guint) config->api.burst };
}

/* Listens on "inet:PORT@ADDRESS", which settings.h has seen to be a loopback one. */
static CaromStatus
listen_on_loopback(const char *socket_name, int *fd, GError **err)
{
	const char *port = strchr(socket_name, ':') + 1, *host = strchr(port, '@') + 1;
	const gboolean six = strchr(host, ':') != NULL;
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((guint16) atoi(port)) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons((guint16) atoi(port)) };
	const struct sockaddr *address = six ? (struct sockaddr *) &in6 : (struct sockaddr *) &in;
	const int yes = 1;

	inet_pton(six ? AF_INET6 : AF_INET, host,
		  six ? (void *) &in6.sin6_addr : (void *) &in.sin_addr);
	*fd = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*fd >= 0 && setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
	    bind(*fd, address, six ? sizeof in6 : sizeof in) == 0 && listen(*fd, BACKLOG) == 0)
		return CAROM_OK;
	carom_status_fail(err, CAROM_MISUSE, "%s: %s", socket_name, g_strerror(errno));
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return CAROM_MISUSE;
}

static CaromStatus
open_socket(const CaromConfig *config, CaromServiceRole role, int *fd, GError **err)
{
	const char *path = carom_values_socket_path(config->api.socket);

	if (role == CAROM_SERVICE_PAGE && *config->page.socket == '\0')
		return carom_status_fail(err, CAROM_MISUSE, "socket in [page] names none");
	if (role == CAROM_SERVICE_PAGE)
		return carom_unix_socket_listen(config->page.socket, config->page.socket_group, fd,
						err);
	if (*config->api.socket == '\0')
		return carom_status_fail(err, CAROM_MISUSE, "socket in [api] names none");
	return path ? carom_unix_socket_listen(path, config->api.socket_group, fd, err)
		    : listen_on_loopback(config->api.socket, fd, err);
}

static void
reload(const CaromHttp *http, const char *config_file)
{
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(GError) error = NULL;

	if (carom_config_load(config_file, TRUE, &config, &error) == CAROM_OK) {
		const CaromRate rate = rate_of(config);

		carom_limiter_set(http->limiter, &rate);
		carom_log(CAROM_LOG_INFO, "configuration reloaded");
	} else {
		carom_log(CAROM_LOG_ERROR, "not reloaded, what was in force stays: %s",
			  error->message);
	}
}

static void
wait_for_end(const CaromHttp *http, const char *config_file)
{
	carom_systemd_tell("READY=1");
	carom_log(CAROM_LOG_INFO, http->desk ? "page ready" : "api ready");
	for (;;) {
		switch (carom_signals_wait()) {
		case CAROM_SIGNAL_RELOAD:
			reload(http, config_file);
			break;
		case CAROM_SIGNAL_END:
		case CAROM_SIGNAL_FAILED: /* nobody here tells of that */
			carom_systemd_tell("STOPPING=1");
			return;
		}
	}
}

/* With the socket open, until it is told to end. */
static CaromStatus
serve(const CaromConfig *config, CaromServiceRole role, const char *config_file, GError **err)
{
	const CaromRate rate = rate_of(config);
	guint n;
	g_autofree const char **names = carom_http_names(&n);
	CaromListener *listener = NULL;
	CaromHttp http = { .is_local = carom_values_socket_path(config->api.socket) != NULL };
	sigset_t every, before;
	CaromStatus status;
	int fd = -1, ending = 0;

	status = open_socket(config, role, &fd, err);
	if (status != CAROM_OK)
		return status;
	http.pool = carom_pool_new(config->database.conninfo,
				   role == CAROM_SERVICE_PAGE ? REPORT_SECONDS : QUESTION_SECONDS);
	http.streams = config->streams;
	http.ending = &ending;
	http.limiter = carom_limiter_new(&rate);
	http.checks = carom_checks_new();
	http.metrics = carom_metrics_new(names, n);
	if (role == CAROM_SERVICE_PAGE)
		status = carom_desk_new(carom_pool_store(http.pool), config, &http.desk, err);
	/* every thread but this one blocks all signals */
	sigfillset(&every);
	pthread_sigmask(SIG_SETMASK, &every, &before);
	if (status == CAROM_OK)
		status = carom_listener_start(
			&http, fd, (gsize) (http.desk ? config->page.body : config->api.body),
			&listener, err);
	else
		close(fd);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (status == CAROM_OK)
		wait_for_end(&http, config_file);
	__atomic_store_n(&ending, 1, __ATOMIC_RELAXED);
	carom_listener_stop(listener);
	carom_metrics_free(http.metrics);
	carom_limiter_free(http.limiter);
	carom_checks_free(http.checks);
	carom_desk_free(http.desk);
	carom_pool_free(http.pool);
	return status;
}

CaromStatus
carom_service_run(CaromServiceRole role, const char *config_file, const char *pidfile, GError **err)
{
	g_autoptr(CaromConfig) config = NULL;
	CaromStatus status = carom_listener_available(err);

	if (status == CAROM_OK)
		status = carom_signals_catch(err);
	if (status == CAROM_OK)
		status = carom_config_load(config_file, TRUE, &config, err);
	if (status == CAROM_OK)
		status = carom_pidfile_write(pidfile, err);
	if (status != CAROM_OK)
		return status;
	carom_log_open(config->log.syslog);
	status = serve(config, role, config_file, err);
	if (pidfile != NULL)
		unlink(pidfile);
	return status;
}
