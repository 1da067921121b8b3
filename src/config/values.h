/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * values - what may stand in carom.conf: addresses, domains, sockets and the like
 *
 * Each function answers NULL if value is right, else what it is not, to follow
 * "is": "no domain; one is b.example.com". Only what is wrong on every host is
 * wrong here: config_check.h looks at this one.
 */
#ifndef CAROM_VALUES_H
#define CAROM_VALUES_H

#include <glib.h>

typedef const char *(*CaromValueTest)(const char *value);

const char *carom_values_domain(const char *value);   /* with a dot, as A-labels */
const char *carom_values_hostname(const char *value); /* a dot is not needed */
const char *carom_values_address(const char *value);
const char *carom_values_network(const char *value); /* CIDR, or one address */
const char *carom_values_seconds(const char *value); /* up to a week */
const char *carom_values_client(const char *value);  /* one IP address */
const char *carom_values_path(const char *value);    /* absolute */
const char *carom_values_unix_socket(const char *value);
const char *carom_values_milter_socket(const char *value);
const char *carom_values_https_folder(const char *value); /* a URL that ends with a slash */
const char *carom_values_api_socket(const char *value);   /* a unix socket, or one on loopback */
const char *carom_values_delimiters(const char *value);   /* not "" */
const char *carom_values_token_pattern(const char *value);
const char *carom_values_timezone(const char *value); /* by its form alone */
const char *carom_values_header(const char *value);   /* the name of a header field */
const char *carom_values_stream_number(const char *value);
const char *carom_values_scope(const char *value); /* ACCOUNT or ACCOUNT/STREAM */
const char *carom_values_away(const char *value);

/* The path of the unix socket in a milter socket; NULL for inet:PORT@HOST. Borrowed from value. */
const char *carom_values_socket_path(const char *value);

#endif
