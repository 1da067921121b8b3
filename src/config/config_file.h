/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config_file - carom.conf, one row a setting
 *
 * A GKeyFile. An unknown key is an error that names the nearest known one.
 * A loaded configuration does not change; any thread may read it.
 */
#ifndef CAROM_CONFIG_FILE_H
#define CAROM_CONFIG_FILE_H

#include "mail/message.h"
#include "base/status.h"

typedef struct {
	char *file; /* it was read from; NULL = built-in defaults alone */
	char *conninfo;
	char **bounce_domains;
	char *delimiters;
	char *keys_file; /* "" = no key */
	int lifetime;    /* days that a signed return address is good for */
	char **own_hostnames;
	char **own_networks;
	char **authserv_ids;
	char *timezone;
	gboolean keep_all_raw;
	int raw_days;
	int event_months;
	int deadline; /* seconds */
	char *rules_local;
	gboolean rules_local_required; /* set by the file, so a missing folder is an error */
	gboolean syslog;
	char **bounce_addresses;
	gboolean inbound_discard; /* what was recorded goes no further */
	gboolean inbound_headers;
	char *lmtp_socket, *inbound_socket, *outbound_socket; /* "" = none */
	char *socket_group;
	int refresh;          /* seconds between two readings of the suppression list */
	char *return_address; /* "" = sign none */
	gboolean fail_closed; /* while nobody can say who is suppressed */
	char *account_header; /* header field that names the account; "" = none */
	char **account_header_networks, **account_header_logins; /* from whom it is believed */
	gboolean account_header_keep;
	CaromLimits limits;
	GHashTable *senders; /* lower-case return address -> "account/stream" */
	GHashTable *logins;  /* SASL login -> "account/stream" */
	GHashTable *clients; /* client address -> "account/stream" */
	GHashTable *away;    /* "account/stream" -> "open" or "closed" */
	GHashTable *streams; /* number in a signed address -> "account/stream" */
} CaromConfig;

/*
 * Reads file; NULL means the default file, which may be absent unless
 * required. CAROM_MISUSE says which key of which file is wrong. *out is the caller's.
 */
CAROM_MUST_CHECK CaromStatus carom_config_load(const char *file, gboolean required,
					       CaromConfig **out, GError **err);

/* Everything in force, in the form of the file. Secrets (a password in conninfo) are masked.
 * Caller's. */
char *carom_config_dump(const CaromConfig *config);

void carom_config_free(CaromConfig *config); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromConfig, carom_config_free)

/* The folder of rules, providers, advice and SQL: $CAROM_DATADIR, the build folder's data/, or the
 * installed one. Borrowed. */
const char *carom_config_datadir(void);

#endif
