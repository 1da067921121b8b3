/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows, and nothing that works on them. */
#include "config.h"

#include "config/settings_private.h"
#include "config/scope.h"
#include "mail/address.h"

#include <arpa/inet.h>
#include <stddef.h>

#define AT(member) .offset = offsetof(CaromConfig, member)

/* `carom config` prints these; carom.conf(5) is held against them by a test. */
static const CaromSetting settings[] = {
	{ "database", "conninfo", CAROM_SETTING_STRING, "dbname=carom", AT(database.conninfo),
	  .help = "libpq connection string; several hosts for failover" },
	{ "database", "listen-conninfo", CAROM_SETTING_STRING, "", AT(database.listen_conninfo),
	  .help = "the same without a pooler, for what waits for notifications" },
	{ "bounce", "domains", CAROM_SETTING_LIST, "", AT(bounce.domains),
	  .wrong = carom_values_domain, .help = "domains of our return addresses" },
	{ "bounce", "addresses", CAROM_SETTING_LIST, "", AT(bounce.addresses),
	  .wrong = carom_values_address,
	  .help = "further addresses that reports come to, such as fbl@example.com" },
	{ "bounce", "delimiters", CAROM_SETTING_STRING, "+-", AT(bounce.delimiters),
	  .wrong = carom_values_delimiters, .needed = TRUE,
	  .help = "characters that separate the sender from the VERP recipient" },
	{ "bounce", "keys", CAROM_SETTING_STRING, "", AT(bounce.keys), .wrong = carom_values_path,
	  .help = "file of the keys that sign return addresses; none: plain VERP is believed" },
	{ "bounce", "lifetime", CAROM_SETTING_COUNT, "30", AT(bounce.lifetime), 1, 3650,
	  .help = "days that a signed return address is good for" },
	{ "bounce", "tokens", CAROM_SETTING_STRING, "", AT(bounce.tokens),
	  .wrong = carom_values_token_pattern,
	  .help = "pattern of the application's own return addresses, whose first group is kept "
		  "as token" },
	{ "bounce", "headers", CAROM_SETTING_LIST, "", AT(bounce.headers),
	  .wrong = carom_values_header,
	  .help = "header fields of the mail that came back, such as X-Order, that are kept for "
		  "the application" },
	{ "own", "hostnames", CAROM_SETTING_LIST, "", AT(own.hostnames),
	  .wrong = carom_values_hostname,
	  .help = "names our own Postfix hosts give as Reporting-MTA; none: this host alone" },
	{ "own", "networks", CAROM_SETTING_LIST, "", AT(own.networks),
	  .wrong = carom_values_network,
	  .help = "client addresses (CIDR) of our own hosts: the mail that they hand in is ours, "
		  "and so are their reports" },
	{ "own", "domains", CAROM_SETTING_LIST, "", AT(own.domains), .wrong = carom_values_domain,
	  .help = "domains that we send from, besides those of return addresses: complaints are "
		  "about them" },
	{ "trust", "authserv-ids", CAROM_SETTING_LIST, "", AT(trust.authserv_ids),
	  .help = "whose Authentication-Results are believed" },
	{ "report", "timezone", CAROM_SETTING_STRING, "UTC", AT(report.timezone),
	  .wrong = carom_values_timezone, .needed = TRUE,
	  .help = "time zone that days are cut in" },
	{ "raw", "keep", CAROM_SETTING_CHOICE, "unrecognised", AT(raw.keep_all),
	  .choices = "unrecognised|all", .help = "reports kept whole in the database" },
	{ "retention", "raw-days", CAROM_SETTING_COUNT, "90", AT(retention.raw_days), 1, 36500,
	  .help = "days that reports are kept whole" },
	{ "retention", "event-months", CAROM_SETTING_COUNT, "24", AT(retention.event_months), 1,
	  1200, .help = "months that events are kept; tallies stay" },
	{ "pipe", "deadline", CAROM_SETTING_COUNT, "120", AT(pipe.deadline), 1, 86400,
	  .help = "seconds until carom pipe gives up; below Postfix's carom_time_limit" },
	{ "rules", "local", CAROM_SETTING_STRING, CAROM_SYSCONFDIR "/rules.d", AT(rules.local),
	  .wrong = carom_values_path, .help = "folder of rules that come before the shipped ones" },
	{ "log", "syslog", CAROM_SETTING_CHOICE, "yes", AT(log.syslog), .choices = "no|yes",
	  .help = "log to syslog, facility mail; no = standard error" },
	{ "serve", "lmtp-socket", CAROM_SETTING_STRING, "/var/spool/postfix/carom/lmtp",
	  AT(serve.lmtp_socket), .wrong = carom_values_unix_socket,
	  .help = "LMTP socket of carom serve --role inbound; empty: none" },
	{ "serve", "inbound-socket", CAROM_SETTING_STRING, "unix:/var/spool/postfix/carom/inbound",
	  AT(serve.inbound_socket), .wrong = carom_values_milter_socket,
	  .help = "its milter socket, unix:PATH or inet:PORT@ADDRESS; empty: none" },
	{ "serve", "outbound-socket", CAROM_SETTING_STRING,
	  "unix:/var/spool/postfix/carom/outbound", AT(serve.outbound_socket),
	  .wrong = carom_values_milter_socket,
	  .help = "milter socket of carom serve --role outbound" },
	{ "serve", "socket-group", CAROM_SETTING_STRING, "postfix", AT(serve.socket_group),
	  .help = "group that may connect to the unix sockets" },
	{ "inbound", "after", CAROM_SETTING_CHOICE, "discard", AT(inbound.discard),
	  .choices = "accept|discard",
	  .help = "what the milter does with a recorded message: let it go on, or end it" },
	{ "inbound", "headers", CAROM_SETTING_CHOICE, "no", AT(inbound.headers),
	  .choices = "no|yes",
	  .help = "tell filters behind what was recorded, in X-Carom- fields of messages that go on" },
	{ "outbound", "refresh", CAROM_SETTING_COUNT, "60", AT(outbound.refresh), 1, 3600,
	  .help = "seconds until a change of the list is known at the latest; by notification it "
		  "is about one" },
	{ "outbound", "return-address", CAROM_SETTING_STRING, "", AT(outbound.return_address),
	  .wrong = carom_values_address,
	  .help = "sign return addresses on this one, such as bounces@b.example.com; empty: sign "
		  "none" },
	{ "outbound", "when-away", CAROM_SETTING_CHOICE, "open", AT(outbound.fail_closed),
	  .choices = "open|closed",
	  .help = "mail whose recipients nobody can check, the database being away: let it go, or "
		  "put it off" },
	{ "outbound", "account-header", CAROM_SETTING_STRING, "", AT(outbound.account_header),
	  .wrong = carom_values_header,
	  .help = "header field in which trusted clients name ACCOUNT or ACCOUNT/STREAM; empty: "
		  "none" },
	{ "outbound", "account-header-networks", CAROM_SETTING_LIST, "",
	  AT(outbound.account_header_networks), .wrong = carom_values_network,
	  .help = "client addresses (CIDR) from which that field is believed" },
	{ "outbound", "account-header-logins", CAROM_SETTING_LIST, "",
	  AT(outbound.account_header_logins), .help = "SASL logins from which it is believed" },
	{ "outbound", "account-header-keep", CAROM_SETTING_CHOICE, "no",
	  AT(outbound.account_header_keep), .choices = "no|yes",
	  .help = "leave it in the message; no: it is taken out of all mail" },
	{ "outbound", "unsubscribe-url", CAROM_SETTING_STRING, "", AT(outbound.unsubscribe_url),
	  .wrong = carom_values_https_folder,
	  .help = "one-click unsubscribe: where the API answers, such as "
		  "https://u.example.com/u/; empty: no List-Unsubscribe is added" },
	{ "outbound", "unsubscribe-streams", CAROM_SETTING_LIST, "",
	  AT(outbound.unsubscribe_streams), .wrong = carom_values_scope,
	  .help = "the streams, as ACCOUNT/STREAM, whose mail gets it; never receipts" },
	{ "outbound", "campaigns", CAROM_SETTING_CHOICE, "yes", AT(outbound.campaigns),
	  .choices = "no|yes",
	  .help = "count what is sent by campaign (Feedback-ID or List-Id), too" },
	{ "outbound", "sending-ip", CAROM_SETTING_STRING, "", AT(outbound.sending_ip),
	  .wrong = carom_values_client,
	  .help = "IP address that this host's mail goes out from, unless [sending-ips] says "
		  "otherwise; empty: not known" },
	{ "api", "socket", CAROM_SETTING_STRING, "unix:/run/carom/api", AT(api.socket),
	  .wrong = carom_values_api_socket,
	  .help = "socket of carom serve --role api, unix:PATH or inet:PORT@127.0.0.1" },
	{ "api", "socket-group", CAROM_SETTING_STRING, "www-data", AT(api.socket_group),
	  .help = "group that may connect to the unix socket: that of the web server" },
	{ "api", "rate", CAROM_SETTING_COUNT, "100", AT(api.rate), 1, 100000,
	  .help = "requests a second of one key" },
	{ "api", "burst", CAROM_SETTING_COUNT, "200", AT(api.burst), 1, 100000,
	  .help = "requests of one key at once, before its rate holds" },
	{ "api", "body", CAROM_SETTING_COUNT, "1048576", AT(api.body), 1024, 67108864,
	  .help = "octets of the largest request" },
	{ "webhooks", "timeout", CAROM_SETTING_COUNT, "10", AT(webhooks.timeout), 1, 60,
	  .help = "seconds until a webhook's server must have answered" },
	{ "webhooks", "retries", CAROM_SETTING_LIST, "5;300;1800;7200;18000;36000;36000",
	  AT(webhooks.retries), .wrong = carom_values_seconds,
	  .help = "seconds until a delivery that failed is tried again, and again; then it is dead" },
	{ "webhooks", "disable-days", CAROM_SETTING_COUNT, "3", AT(webhooks.disable_days), 1, 365,
	  .help = "days without a success after which a webhook is disabled" },
	{ "webhooks", "allow-http", CAROM_SETTING_CHOICE, "no", AT(webhooks.allow_http),
	  .choices = "no|yes", .help = "send also without TLS" },
	{ "webhooks", "allow-networks", CAROM_SETTING_LIST, "", AT(webhooks.allow_networks),
	  .wrong = carom_values_network,
	  .help = "private addresses (CIDR) that webhooks may lead to; none: only the internet's" },
	{ "webhooks", "ca-file", CAROM_SETTING_STRING, "", AT(webhooks.ca_file),
	  .wrong = carom_values_path,
	  .help = "whose certificates are believed, in PEM; empty: the system's" },
	{ "page", "socket", CAROM_SETTING_STRING, "/run/carom-page/page", AT(page.socket),
	  .wrong = carom_values_unix_socket,
	  .help = "unix socket of carom serve --role page, which the web server's login leads to" },
	{ "page", "socket-group", CAROM_SETTING_STRING, "www-data", AT(page.socket_group),
	  .help = "group that may connect to it: that of the web server" },
	{ "page", "body", CAROM_SETTING_COUNT, "4194304", AT(page.body), 65536, 67108864,
	  .help = "octets of the largest request: a list that somebody imports" },
	{ "limits", "message", CAROM_SETTING_SIZE, "52428800", AT(limits.bytes), 65536, 268435456,
	  .help = "bytes of a message that are looked at" },
	{ "limits", "depth", CAROM_SETTING_COUNT, "50", AT(limits.depth), 3, 500,
	  .help = "MIME levels that are looked at" },
	{ "limits", "parts", CAROM_SETTING_COUNT, "2000", AT(limits.parts), 10, 10000,
	  .help = "MIME parts that are looked at" },
	{ "limits", "header", CAROM_SETTING_SIZE, "1048576", AT(limits.header), 65536, 16777216,
	  .help = "bytes of all header fields together" },
	{ "limits", "text", CAROM_SETTING_SIZE, "1048576", AT(limits.text), 65536, 16777216,
	  .help = "decoded bytes of one part" },
};

const CaromSetting *
carom_settings_rows(gsize *n)
{
	*n = G_N_ELEMENTS(settings);
	return settings;
}

static char *
lower_case(const char *key)
{
	return g_ascii_strdown(key, -1);
}

/* As inet_ntop(3) writes it, and so the milter. */
static char *
client_form(const char *key)
{
	const int family = strchr(key, ':') ? AF_INET6 : AF_INET;
	char bytes[16], text[INET6_ADDRSTRLEN];

	return inet_pton(family, key, bytes) == 1 && inet_ntop(family, bytes, text, sizeof text)
		       ? g_strdup(text)
		       : lower_case(key);
}

static const CaromFreeGroup free_groups[] = {
	{ "senders", offsetof(CaromConfig, senders), carom_values_address, carom_values_scope,
	  lower_case },
	{ "streams", offsetof(CaromConfig, streams), carom_values_stream_number, carom_values_scope,
	  lower_case },
	{ "logins", offsetof(CaromConfig, logins), NULL, carom_values_scope, lower_case },
	{ "clients", offsetof(CaromConfig, clients), carom_values_client, carom_values_scope,
	  client_form },
	{ "away", offsetof(CaromConfig, away), carom_values_scope, carom_values_away, lower_case },
	{ "sending-ips", offsetof(CaromConfig, sending_ips), carom_values_scope,
	  carom_values_client, lower_case },
};

const CaromFreeGroup *
carom_settings_free_groups(gsize *n)
{
	*n = G_N_ELEMENTS(free_groups);
	return free_groups;
}
