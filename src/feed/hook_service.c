/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "feed/hook_service.h"
#include "base/log.h"
#include "base/pidfile.h"
#include "base/signals.h"
#include "base/systemd.h"
#include "config/settings.h"
#include "feed/hook_sender.h"
#include "feed/hook_transfer.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

/* With all signals blocked in the sender's thread: they are for this one. */
static CaromStatus
start(const CaromConfig *config, CaromHookSender **out, GError **err)
{
	sigset_t every, before;
	CaromStatus status;

	sigfillset(&every);
	pthread_sigmask(SIG_SETMASK, &every, &before);
	status = carom_hook_sender_start(config, out, err);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return status;
}

/* What is under way ends by the old configuration; then the new one holds. */
static CaromStatus
reload(const char *config_file, CaromConfig **config, CaromHookSender **sender, GError **err)
{
	g_autoptr(CaromConfig) fresh = NULL;
	g_autoptr(GError) error = NULL;

	if (carom_config_load(config_file, TRUE, &fresh, &error) != CAROM_OK) {
		carom_log(CAROM_LOG_ERROR, "not reloaded, what was in force stays: %s",
			  error->message);
		return CAROM_OK;
	}
	carom_hook_sender_stop(g_steal_pointer(sender));
	carom_config_free(*config);
	*config = g_steal_pointer(&fresh);
	carom_log(CAROM_LOG_INFO, "configuration reloaded");
	return start(*config, sender, err);
}

static CaromStatus
serve(const char *config_file, CaromConfig **config, GError **err)
{
	CaromHookSender *sender = NULL;
	CaromStatus status = start(*config, &sender, err);
	gboolean ending = FALSE;

	if (status == CAROM_OK) {
		carom_systemd_tell("READY=1");
		carom_log(CAROM_LOG_INFO, "webhooks ready");
	}
	while (status == CAROM_OK && !ending) {
		switch (carom_signals_wait()) {
		case CAROM_SIGNAL_RELOAD:
			status = reload(config_file, config, &sender, err);
			break;
		case CAROM_SIGNAL_END:
		case CAROM_SIGNAL_FAILED: /* nobody here tells of that */
			carom_systemd_tell("STOPPING=1");
			ending = TRUE;
			break;
		}
	}
	carom_hook_sender_stop(sender);
	return status;
}

CaromStatus
carom_hook_service_run(const char *config_file, const char *pidfile, GError **err)
{
	g_autoptr(CaromConfig) config = NULL;
	CaromStatus status = carom_hook_transfers_available(err);

	if (status == CAROM_OK)
		status = carom_signals_catch(err);
	if (status == CAROM_OK)
		status = carom_config_load(config_file, TRUE, &config, err);
	if (status == CAROM_OK)
		status = carom_pidfile_write(pidfile, err);
	if (status != CAROM_OK)
		return status;
	carom_log_open(config->log.syslog);
	status = serve(config_file, &config, err);
	if (pidfile != NULL)
		unlink(pidfile);
	return status;
}
