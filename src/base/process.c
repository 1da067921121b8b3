/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/process.h"
#include "base/log.h"
#include "base/pidfile.h"
#include "base/signals.h"
#include "base/systemd.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

/* With all signals blocked: they are for this thread, and not for those that begin. */
static CaromStatus
call_blocked(CaromStatus (*begin)(void *role, GError **err), void *role, GError **err)
{
	sigset_t every, before;
	CaromStatus status;

	sigfillset(&every);
	pthread_sigmask(SIG_SETMASK, &every, &before);
	status = begin(role, err);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return status;
}

static CaromStatus
reload(const CaromProcess *process, void *role, const char *config_file, GError **err)
{
	g_autoptr(GError) error = NULL;

	if (process->load(role, config_file, &error) != CAROM_OK) {
		carom_log(CAROM_LOG_ERROR, "not reloaded, what was in force stays: %s",
			  error->message);
		return CAROM_OK;
	}
	carom_log(CAROM_LOG_INFO, "%s reloaded", process->loads);
	return process->renew ? call_blocked(process->renew, role, err) : CAROM_OK;
}

static CaromStatus
serve(const CaromProcess *process, void *role, const char *config_file, GError **err)
{
	CaromStatus status = CAROM_OK;

	carom_systemd_tell("READY=1");
	carom_log(CAROM_LOG_INFO, "%s ready", process->name);
	while (status == CAROM_OK) {
		switch (carom_signals_wait()) {
		case CAROM_SIGNAL_RELOAD:
			status = reload(process, role, config_file, err);
			break;
		case CAROM_SIGNAL_END:
			carom_systemd_tell("STOPPING=1");
			return CAROM_OK;
		case CAROM_SIGNAL_FAILED:
			return carom_status_fail(err, CAROM_RETRY, "%s", process->failed);
		}
	}
	return status;
}

CaromStatus
carom_process_run(const CaromProcess *process, void *role, const char *config_file,
		  const char *pidfile, GError **err)
{
	CaromStatus status = carom_signals_catch(err);

	if (status == CAROM_OK)
		status = process->load(role, config_file, err);
	if (status == CAROM_OK)
		status = carom_pidfile_write(pidfile, err);
	if (status != CAROM_OK)
		return status;
	status = call_blocked(process->start, role, err);
	if (status == CAROM_OK)
		status = serve(process, role, config_file, err);
	process->stop(role);
	if (pidfile != NULL)
		unlink(pidfile);
	return status;
}
