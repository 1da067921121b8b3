/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "http/service.h"
#include "base/log.h"
#include "base/process.h"
#include "base/unix_socket.h"
#include "config/settings.h"
#include "config/values.h"
#include "http/checks.h"
#include "http/http.h"
#include "http/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUESTION_SECONDS 5 /* that the database may take for an answer */
#define REPORT_SECONDS 30  /* the same where a person waits for a report */
#define BACKLOG 128

typedef struct {
	CaromServiceRole role;
	CaromConfig *loaded;   /* not in force yet; NULL: none */
	CaromConfig *in_force; /* by which it was started; NULL: it was not */
	CaromHttp http;
	const char **names; /* of http.metrics */
	CaromListener *listener;
	int ending; /* atomic, for http */
} Service;

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

static CaromStatus
load(void *role, const char *config_file, GError **err)
{
	Service *service = role;

	return carom_config_load(config_file, TRUE, &service->loaded, err);
}

/* What the answers need, but for the page. */
static void
make_http(Service *service, const CaromConfig *config)
{
	const CaromRate rate = rate_of(config);
	guint n;

	service->names = carom_http_names(&n);
	service->http = (CaromHttp){
		.pool = carom_pool_new(config->database.conninfo,
				       service->role == CAROM_SERVICE_PAGE ? REPORT_SECONDS
									   : QUESTION_SECONDS),
		.limiter = carom_limiter_new(&rate),
		.checks = carom_checks_new(),
		.metrics = carom_metrics_new(service->names, n),
		.streams = config->streams,
		.ending = &service->ending,
		.is_local = carom_values_socket_path(config->api.socket) != NULL,
	};
}

static CaromStatus
start(void *role, GError **err)
{
	Service *service = role;
	CaromHttp *http = &service->http;
	const CaromConfig *config = service->loaded;
	const gboolean is_page = service->role == CAROM_SERVICE_PAGE;
	CaromStatus status;
	int fd = -1;

	service->in_force = g_steal_pointer(&service->loaded);
	carom_log_open(config->log.syslog);
	status = open_socket(config, service->role, &fd, err);
	if (status != CAROM_OK)
		return status;
	make_http(service, config);
	if (is_page)
		status = carom_desk_new(carom_pool_store(http->pool), config, &http->desk, err);
	if (status == CAROM_OK)
		status = carom_listener_start(
			http, fd, (gsize) (is_page ? config->page.body : config->api.body),
			&service->listener, err);
	else
		close(fd);
	return status;
}

/* The rate alone is renewed; all else is as it was started. */
static CaromStatus
renew(void *role, GError **err)
{
	Service *service = role;
	g_autoptr(CaromConfig) fresh = g_steal_pointer(&service->loaded);
	const CaromRate rate = rate_of(fresh);

	(void) err;
	carom_limiter_set(service->http.limiter, &rate);
	return CAROM_OK;
}

static void
stop(void *role)
{
	Service *service = role;

	__atomic_store_n(&service->ending, 1, __ATOMIC_RELAXED);
	carom_listener_stop(service->listener);
	carom_metrics_free(service->http.metrics);
	g_free(service->names);
	carom_limiter_free(service->http.limiter);
	carom_checks_free(service->http.checks);
	carom_desk_free(service->http.desk);
	carom_pool_free(service->http.pool);
	carom_config_free(service->in_force);
}

CaromStatus
carom_service_run(CaromServiceRole role, const char *config_file, const char *pidfile, GError **err)
{
	const CaromProcess process = { .name = role == CAROM_SERVICE_PAGE ? "page" : "api",
				       .loads = "configuration",
				       .load = load,
				       .start = start,
				       .renew = renew,
				       .stop = stop };
	Service service = { .role = role };
	CaromStatus status = carom_listener_available(err);

	if (status == CAROM_OK)
		status = carom_process_run(&process, &service, config_file, pidfile, err);
	carom_config_free(service.loaded);
	return status;
}
