/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "feed/hook_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static const char *
problem(const char *address, char *const *allowed)
{
	struct sockaddr_storage storage = { 0 };
	struct sockaddr_in *in = (struct sockaddr_in *) &storage;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) &storage;

	if (strchr(address, ':') != NULL) {
		in6->sin6_family = AF_INET6;
		row_int(address, inet_pton(AF_INET6, address, &in6->sin6_addr), 1);
	} else {
		in->sin_family = AF_INET;
		row_int(address, inet_pton(AF_INET, address, &in->sin_addr), 1);
	}
	return carom_hook_address_problem((const struct sockaddr *) &storage, allowed);
}

static void
only_the_internet(void **state)
{
	static const struct {
		const char *address, *problem;
	} rows[] = {
		{ "8.8.8.8", NULL },
		{ "1.0.0.1", NULL },
		{ "11.0.0.0", NULL },
		{ "9.255.255.255", NULL },
		{ "172.15.255.255", NULL },
		{ "172.32.0.0", NULL },
		{ "192.167.255.255", NULL },
		{ "223.255.255.255", NULL },
		{ "2606:4700::1111", NULL },
		{ "2a00:1450:4001::71", NULL },
		{ "0.0.0.0", "this host's" },
		{ "0.1.2.3", "this host's" },
		{ "10.0.0.1", "private" },
		{ "100.64.0.1", "a provider's own" },
		{ "100.100.100.200", "a provider's own" }, /* a cloud's metadata */
		{ "127.0.0.1", "loopback" },
		{ "127.255.255.254", "loopback" },
		{ "169.254.169.254", "link-local" }, /* likewise */
		{ "172.16.0.1", "private" },
		{ "172.31.255.255", "private" },
		{ "192.0.0.192", "reserved" }, /* likewise */
		{ "192.0.2.1", "for examples" },
		{ "192.168.1.1", "private" },
		{ "198.18.0.1", "for measurements" },
		{ "198.51.100.1", "for examples" },
		{ "203.0.113.1", "for examples" },
		{ "224.0.0.1", "multicast" },
		{ "255.255.255.255", "reserved" },
		{ "168.63.129.16", "a cloud's own" },
		{ "::1", "loopback" },
		{ "::", "this host's" },
		{ "::127.0.0.1", "reserved" }, /* IPv4-compatible */
		{ "::ffff:127.0.0.1", "loopback" },
		{ "::ffff:169.254.169.254", "link-local" },
		{ "::ffff:8.8.8.8", NULL },
		{ "64:ff9b::7f00:1", "loopback" },
		{ "64:ff9b::a9fe:a9fe", "link-local" },
		{ "64:ff9b::808:808", NULL },
		{ "64:ff9b:1::808:808", "reserved" },
		{ "100::1", "reserved" },
		{ "2001::1", "reserved" },
		{ "2001:db8::1", "for examples" },
		{ "2002:7f00:1::", "reserved" },
		{ "3fff::1", "for examples" },
		{ "4000::1", "reserved" },
		{ "fd00:ec2::254", "private" },
		{ "fc00::1", "private" },
		{ "fe80::1", "link-local" },
		{ "febf::1", "link-local" },
		{ "fec0::1", "private" },
		{ "ff02::1", "multicast" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		row_string(rows[i].address, problem(rows[i].address, NULL), rows[i].problem);
}

static void
what_is_allowed(void **state)
{
	char *const allowed[] = { (char *) "10.1.0.0/16", (char *) "fd12::/16", NULL };
	char *const none[] = { NULL };
	const struct sockaddr local = { .sa_family = AF_UNIX };

	(void) state;
	row_string("allowed", problem("10.1.2.3", allowed), NULL);
	row_string("mapped", problem("::ffff:10.1.2.3", allowed), NULL);
	row_string("IPv6", problem("fd12::1", allowed), NULL);
	row_string("beside it", problem("10.2.0.1", allowed), "private");
	row_string("nothing is", problem("10.1.2.3", none), "private");
	row_string("no address", carom_hook_address_problem(&local, allowed), "of no internet");
}

UNIT_MAIN(cmocka_unit_test(only_the_internet), cmocka_unit_test(what_is_allowed))
