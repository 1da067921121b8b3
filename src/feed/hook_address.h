/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hook_address - which addresses a webhook may lead to
 *
 * Whoever may add a webhook chooses a name, and whoever owns that name chooses
 * what it resolves to: also this host, or what only this host can reach. So each
 * address is looked at when its socket is made, as the kernel is about to get it.
 */
#ifndef CAROM_HOOK_ADDRESS_H
#define CAROM_HOOK_ADDRESS_H

#include <glib.h>
#include <sys/socket.h>

/*
 * Why nothing may be sent there, to follow "its address is"; NULL: it may. What
 * leads to an IPv4 address (::ffff:0:0/96, RFC 4291; 64:ff9b::/96, RFC 6052) is
 * judged as that one. allowed: networks (NULL-terminated) that may be sent to all
 * the same. A constant.
 */
const char *carom_hook_address_problem(const struct sockaddr *address, char *const *allowed);

#endif
