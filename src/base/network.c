/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/network.h"

#include <arpa/inet.h>
#include <string.h>

typedef struct {
	int family;
	guchar base[16];
	guint bits;
} Network;

static gboolean
parse(const char *text, Network *out)
{
	const char *slash = strchr(text, '/');
	g_autofree char *base = g_strndup(text, slash ? (gsize) (slash - text) : strlen(text));
	guint64 bits;

	out->family = strchr(base, ':') ? AF_INET6 : AF_INET;
	bits = out->family == AF_INET6 ? 128 : 32;
	/* what is no prefix length must not end up as "/0", which is everybody */
	if (slash != NULL && !g_ascii_string_to_unsigned(slash + 1, 10, 0, bits, &bits, NULL))
		return FALSE;
	out->bits = (guint) bits;
	return inet_pton(out->family, base, out->base) == 1;
}

static gboolean
has(const Network *network, const guchar *address)
{
	for (guint i = 0; i < network->bits; i++)
		if ((address[i / 8] ^ network->base[i / 8]) & (0x80 >> (i % 8)))
			return FALSE;
	return TRUE;
}

gboolean
carom_network_is_valid(const char *network)
{
	Network parsed;

	return parse(network, &parsed);
}

gboolean
carom_network_has(char *const *networks, const char *address)
{
	guchar bytes[16];

	for (; *networks; networks++) {
		Network network;

		if (parse(*networks, &network) && inet_pton(network.family, address, bytes) == 1 &&
		    has(&network, bytes))
			return TRUE;
	}
	return FALSE;
}
