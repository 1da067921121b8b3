/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "config/config_check.h"
#include "base/text.h"
#include "config/values.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ACCOUNT "carom" /* that the daemon and pipe(8) run as */
#define ZONES "/usr/share/zoneinfo"
#define TOKEN_NAME_MAX 10 /* octets before the delimiter of a token, whatever it carries */

typedef struct {
	const CaromConfig *config;
	CaromConfigProblem func;
	void *user;
} Check;

static void tell(const Check *check, CaromCheckLevel level, const char *format, ...)
	G_GNUC_PRINTF(3, 4);

static void
tell(const Check *check, CaromCheckLevel level, const char *format, ...)
{
	g_autofree char *what = NULL, *whole = NULL;
	va_list args;

	va_start(args, format);
	what = g_strdup_vprintf(format, args);
	va_end(args);
	whole = g_strconcat(check->config->file ? check->config->file : "defaults", ": ", what,
			    NULL);
	check->func(level, whole, check->user);
}

static gboolean
is_folder(const char *path)
{
	return g_file_test(path, G_FILE_TEST_IS_DIR);
}

/* Whether the account that carom runs as can read a file, where root asks on its behalf. */
static gboolean
account_can_read(const struct passwd *account, const struct stat *st)
{
	gid_t groups[64];
	int n = G_N_ELEMENTS(groups);

	if (account->pw_uid == st->st_uid)
		return (st->st_mode & S_IRUSR) != 0;
	if (getgrouplist(account->pw_name, account->pw_gid, groups, &n) < 0)
		n = G_N_ELEMENTS(groups);
	for (int i = 0; i < n; i++)
		if (groups[i] == st->st_gid)
			return (st->st_mode & S_IRGRP) != 0;
	return (st->st_mode & S_IROTH) != 0;
}

static void
check_keys(const Check *check)
{
	const char *path = check->config->bounce.keys;
	const struct passwd *account = geteuid() == 0 ? getpwnam(ACCOUNT) : NULL;
	struct stat st;

	if (*path == '\0')
		return;
	if (stat(path, &st) < 0)
		tell(check, CAROM_CHECK_ERROR, "keys in [bounce]: \"%s\": %s", path,
		     g_strerror(errno));
	else if (!S_ISREG(st.st_mode))
		tell(check, CAROM_CHECK_ERROR, "keys in [bounce]: \"%s\" is no file", path);
	else if (access(path, R_OK) < 0)
		tell(check, CAROM_CHECK_ERROR,
		     "keys in [bounce]: \"%s\": %s; the account that carom runs as must read it",
		     path, g_strerror(errno));
	else if (account != NULL && !account_can_read(account, &st))
		tell(check, CAROM_CHECK_ERROR,
		     "keys in [bounce]: \"%s\" cannot be read by the account " ACCOUNT
		     "; chown " ACCOUNT ": %s",
		     path, path);
}

/* Postfix's own name is what its bounces give as Reporting-MTA. */
static void
check_hostnames(const Check *check)
{
	g_autofree char *found = g_find_program_in_path("postconf");
	g_autofree char *name = NULL, *given = NULL;
	char *argv[] = { found ? found : (char *) "/usr/sbin/postconf", (char *) "-h",
			 (char *) "myhostname", NULL };
	int status;

	if (*check->config->own.hostnames == NULL ||
	    !g_spawn_sync(NULL, argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &name, NULL,
			  &status, NULL) ||
	    status != 0 || *g_strstrip(name) == '\0' ||
	    carom_text_in_list(check->config->own.hostnames, name))
		return;
	given = g_strjoinv(";", check->config->own.hostnames);
	tell(check, CAROM_CHECK_WARNING,
	     "hostnames in [own]: \"%s\" lacks \"%s\", which the Postfix of this host calls itself "
	     "(postconf -h myhostname); its bounces are not known as yours",
	     given, name);
}

static void
check_timezone(const Check *check)
{
	const char *zone = check->config->report.timezone, *folder = g_getenv("TZDIR");
	g_autofree char *path = g_build_filename(folder ? folder : ZONES, zone, NULL);

	if (strcmp(zone, "UTC") == 0 || g_file_test(path, G_FILE_TEST_IS_REGULAR))
		return;
	if (!is_folder(folder ? folder : ZONES))
		tell(check, CAROM_CHECK_WARNING,
		     "timezone in [report]: whether there is \"%s\" cannot be seen here, for there "
		     "is no folder %s",
		     zone, folder ? folder : ZONES);
	else
		tell(check, CAROM_CHECK_ERROR,
		     "timezone in [report]: there is no time zone \"%s\" in %s", zone,
		     folder ? folder : ZONES);
}

static void
check_rules(const Check *check)
{
	const char *folder = check->config->rules.local;

	if (check->config->rules.local_required && !is_folder(folder))
		tell(check, CAROM_CHECK_ERROR, "local in [rules]: there is no folder \"%s\"",
		     folder);
	else if (is_folder(folder) && access(folder, R_OK | X_OK) < 0)
		tell(check, CAROM_CHECK_ERROR, "local in [rules]: \"%s\": %s", folder,
		     g_strerror(errno));
}

/* A unit may make the folder when it starts, so that it is missing is no error. */
static void
check_socket(const Check *check, const char *key, const char *socket)
{
	const char *path = carom_values_socket_path(socket);
	g_autofree char *folder = path ? g_path_get_dirname(path) : NULL;

	if (folder == NULL || is_folder(folder))
		return;
	if (g_file_test(folder, G_FILE_TEST_EXISTS))
		tell(check, CAROM_CHECK_ERROR,
		     "%s in [serve]: \"%s\" cannot be made, for %s is no "
		     "folder",
		     key, socket, folder);
	else
		tell(check, CAROM_CHECK_WARNING,
		     "%s in [serve]: the folder of \"%s\" is not there (yet)", key, socket);
}

static void
check_serve(const Check *check)
{
	const char *group = check->config->serve.socket_group;

	check_socket(check, "lmtp-socket", check->config->serve.lmtp_socket);
	check_socket(check, "inbound-socket", check->config->serve.inbound_socket);
	check_socket(check, "outbound-socket", check->config->serve.outbound_socket);
	/* the default's absence is that of Postfix, as on a database host */
	if (*group != '\0' && getgrnam(group) == NULL)
		tell(check, strcmp(group, "postfix") == 0 ? CAROM_CHECK_WARNING : CAROM_CHECK_ERROR,
		     "socket-group in [serve]: there is no group \"%s\"", group);
}

static void
check_outbound(const Check *check)
{
	const char *address = check->config->outbound.return_address, *at = strchr(address, '@');

	if (at == NULL)
		return;
	if (*check->config->bounce.keys == '\0')
		tell(check, CAROM_CHECK_WARNING,
		     "return-address in [outbound]: \"%s\" is not used, for keys in [bounce] is not "
		     "set, and nothing is signed",
		     address);
	if (at - address > TOKEN_NAME_MAX)
		tell(check, CAROM_CHECK_WARNING,
		     "return-address in [outbound]: \"%s\" has more than %d octets before its @; "
		     "long recipients, which need a token, may go unsigned or lose their stream",
		     address, TOKEN_NAME_MAX);
}

void
carom_config_check(const CaromConfig *config, CaromConfigProblem func, void *user)
{
	const Check check = { config, func, user };

	check_keys(&check);
	check_hostnames(&check);
	check_timezone(&check);
	check_rules(&check);
	check_serve(&check);
	check_outbound(&check);
}
