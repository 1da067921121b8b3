/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * network - which clients lie in which networks
 */
#ifndef CAROM_NETWORK_H
#define CAROM_NETWORK_H

#include <glib.h>

/* TRUE if network is one: "192.0.2.0/24", "2001:db8::/32", or one address. */
gboolean carom_network_is_valid(const char *network);

/* TRUE if address, as inet_ntop(3) writes it, lies in one of the NULL-terminated networks. What is
 * no address or no network holds nothing. */
gboolean carom_network_has(char *const *networks, const char *address);

#endif
