/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "feed/hook_service.h"
#include "base/log.h"
#include "base/process.h"
#include "config/settings.h"
#include "feed/hook_sender.h"
#include "feed/hook_transfer.h"

typedef struct {
	CaromConfig *loaded;   /* not in force yet; NULL: none */
	CaromConfig *in_force; /* the sender's; NULL: it was not started */
	CaromHookSender *sender;
} Service;

static CaromStatus
load(void *role, const char *config_file, GError **err)
{
	Service *service = role;

	return carom_config_load(config_file, TRUE, &service->loaded, err);
}

static void
stop(void *role)
{
	Service *service = role;

	carom_hook_sender_stop(g_steal_pointer(&service->sender));
	g_clear_pointer(&service->in_force, carom_config_free);
}

/* What is under way ends by the old configuration; then the new one holds. */
static CaromStatus
renew(void *role, GError **err)
{
	Service *service = role;

	stop(service);
	service->in_force = g_steal_pointer(&service->loaded);
	return carom_hook_sender_start(service->in_force, &service->sender, err);
}

static CaromStatus
start(void *role, GError **err)
{
	const Service *service = role;

	carom_log_open(service->loaded->log.syslog);
	return renew(role, err);
}

CaromStatus
carom_hook_service_run(const char *config_file, const char *pidfile, GError **err)
{
	static const CaromProcess process = { .name = "webhooks",
					      .loads = "configuration",
					      .load = load,
					      .start = start,
					      .renew = renew,
					      .stop = stop };
	Service service = { 0 };
	CaromStatus status = carom_hook_transfers_available(err);

	if (status == CAROM_OK)
		status = carom_process_run(&process, &service, config_file, pidfile, err);
	carom_config_free(service.loaded);
	return status;
}
