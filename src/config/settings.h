/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * settings - carom.conf, one row a setting
 *
 * A GKeyFile. Its groups are the members of CaromConfig. An unknown key is an error that names the
 * nearest known one. A loaded configuration does not change; any thread may read it.
 */
#ifndef CAROM_SETTINGS_H
#define CAROM_SETTINGS_H

#include "mail/message.h"
#include "base/status.h"

typedef struct {
	char *file;        /* it was read from; NULL = built-in defaults alone */
	gboolean is_empty; /* the file sets nothing at all */
	struct {
		char *conninfo;
		char *listen_conninfo; /* for what waits for notifications; "" = conninfo */
	} database;
	struct {
		char **domains;
		char **addresses;
		char *delimiters;
		char *keys;     /* a file; "" = no key */
		int lifetime;   /* days that a signed return address is good for */
		char **headers; /* fields of the returned message that are kept */
		char *tokens;   /* pattern of the application's own return addresses; "" = none */
	} bounce;
	struct {
		char **hostnames;
		char **networks;
		char **domains; /* further ones that we send from */
	} own;
	struct {
		char **authserv_ids;
	} trust;
	struct {
		char *timezone;
	} report;
	struct {
		gboolean keep_all;
	} raw;
	struct {
		int raw_days;
		int event_months;
	} retention;
	struct {
		int deadline; /* seconds */
	} pipe;
	struct {
		char *local;
		gboolean local_required; /* set by the file, so a missing folder is an error */
	} rules;
	struct {
		gboolean syslog;
	} log;
	struct {
		char *lmtp_socket, *inbound_socket, *outbound_socket; /* "" = none */
		char *socket_group;
	} serve;
	struct {
		gboolean discard; /* what was recorded goes no further */
		gboolean headers;
	} inbound;
	struct {
		int refresh;          /* seconds between two readings of the suppression list */
		char *return_address; /* "" = sign none */
		gboolean fail_closed; /* while nobody can say who is suppressed */
		char *account_header; /* header field that names the account; "" = none */
		char **account_header_networks; /* from whom it is believed */
		char **account_header_logins;
		gboolean account_header_keep;
		char *unsubscribe_url;      /* what a token follows; "" = none */
		char **unsubscribe_streams; /* "account/stream", whose mail gets it */
		gboolean campaigns;         /* counted by campaign, too */
		char *sending_ip;           /* address that mail goes out from; "" = not known */
	} outbound;
	struct {
		char *socket; /* "" = none */
		char *socket_group;
		int rate, burst; /* requests of a key: a second, and at once */
		int body;        /* octets of the largest one */
	} api;
	struct {
		gboolean allow_http;
		char **allow_networks; /* may be sent to, though they are not of the internet */
		char *ca_file;         /* "" = the system's */
		int timeout;           /* seconds for a request */
		char **retries;        /* seconds, in digits, after each attempt that failed */
		int disable_days;      /* without a success */
	} webhooks;
	struct {
		char *socket; /* a path; "" = none */
		char *socket_group;
		int body; /* octets of the largest request */
	} page;
	CaromLimits limits;
	GHashTable *senders;     /* lower-case return address -> "account/stream" */
	GHashTable *logins;      /* SASL login -> "account/stream" */
	GHashTable *clients;     /* client address -> "account/stream" */
	GHashTable *away;        /* "account/stream" -> "open" or "closed" */
	GHashTable *streams;     /* number in a signed address -> "account/stream" */
	GHashTable *sending_ips; /* "account/stream" -> address that its mail goes out from */
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

#endif
