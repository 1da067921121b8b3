/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "feed/hook_address.h"
#include "base/network.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>

/* What is no address of a host on the internet: the registries of RFC 6890, and where clouds
 * answer their machines. The first that has it says what it is. */
static const struct {
	const char *network, *what;
} refused[] = {
	{ "0.0.0.0/8", "this host's" },
	{ "10.0.0.0/8", "private" },
	{ "100.64.0.0/10", "a provider's own" },
	{ "127.0.0.0/8", "loopback" },
	{ "169.254.0.0/16", "link-local" }, /* 169.254.169.254 tells a machine's secrets */
	{ "172.16.0.0/12", "private" },
	{ "192.0.0.0/24", "reserved" },
	{ "192.0.2.0/24", "for examples" },
	{ "192.88.99.0/24", "reserved" },
	{ "192.168.0.0/16", "private" },
	{ "198.18.0.0/15", "for measurements" },
	{ "198.51.100.0/24", "for examples" },
	{ "203.0.113.0/24", "for examples" },
	{ "224.0.0.0/4", "multicast" },
	{ "240.0.0.0/4", "reserved" }, /* and broadcast */
	{ "168.63.129.16/32", "a cloud's own" },
	{ "::1/128", "loopback" },
	{ "::/128", "this host's" },
	{ "fc00::/7", "private" }, /* fd00:ec2::254 as well */
	{ "fe80::/10", "link-local" },
	{ "fec0::/10", "private" },
	{ "ff00::/8", "multicast" },
	{ "2001::/23", "reserved" }, /* Teredo, ORCHID and others */
	{ "2001:db8::/32", "for examples" },
	{ "2002::/16", "reserved" }, /* 6to4: any IPv4 address */
	{ "3fff::/20", "for examples" },
};

static gboolean
has(const char *network, const char *address)
{
	char *const list[] = { (char *) network, NULL };

	return carom_network_has(list, address);
}

/* The address as text, an IPv4 one where it leads to such. FALSE: it is of no internet. */
static gboolean
write_address(const struct sockaddr *address, char out[INET6_ADDRSTRLEN])
{
	static const guint8 mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	static const guint8 nat64[12] = { 0, 0x64, 0xff, 0x9b };
	const guint8 *octets;

	if (address->sa_family == AF_INET)
		return inet_ntop(AF_INET, &((const struct sockaddr_in *) address)->sin_addr, out,
				 INET6_ADDRSTRLEN) != NULL;
	if (address->sa_family != AF_INET6)
		return FALSE;
	octets = ((const struct sockaddr_in6 *) address)->sin6_addr.s6_addr;
	if (memcmp(octets, mapped, sizeof mapped) == 0 || memcmp(octets, nat64, sizeof nat64) == 0)
		return inet_ntop(AF_INET, octets + sizeof mapped, out, INET6_ADDRSTRLEN) != NULL;
	return inet_ntop(AF_INET6, octets, out, INET6_ADDRSTRLEN) != NULL;
}

static gboolean
is_of_this_host(const char *address)
{
	struct ifaddrs *all;
	gboolean found = FALSE;

	if (getifaddrs(&all) != 0)
		return TRUE; /* nobody can say that it is not */
	for (const struct ifaddrs *i = all; i != NULL && !found; i = i->ifa_next) {
		char text[INET6_ADDRSTRLEN];

		found = i->ifa_addr != NULL && write_address(i->ifa_addr, text) &&
			strcmp(text, address) == 0;
	}
	freeifaddrs(all);
	return found;
}

const char *
carom_hook_address_problem(const struct sockaddr *address, char *const *allowed)
{
	char text[INET6_ADDRSTRLEN];

	if (!write_address(address, text))
		return "of no internet";
	if (allowed != NULL && carom_network_has(allowed, text))
		return NULL;
	for (gsize i = 0; i < G_N_ELEMENTS(refused); i++)
		if (has(refused[i].network, text))
			return refused[i].what;
	/* of IPv6, one block in eight is given out (RFC 4291 2.4) */
	if (strchr(text, ':') != NULL && !has("2000::/3", text))
		return "reserved";
	return is_of_this_host(text) ? "this host's" : NULL;
}
