#include "config.h"

#include "verp.h"
#include "address.h"
#include "text.h"

#include <string.h>

void
carom_verp_clear(CaromVerp *verp)
{
	g_clear_pointer(&verp->sender, g_free);
	g_clear_pointer(&verp->recipient, g_free);
}

static gboolean
is_ours(const char *domain, char *const *domains)
{
	if (domains == NULL || *domains == NULL)
		return TRUE;
	for (; *domains; domains++)
		if (g_ascii_strcasecmp(*domains, domain) == 0)
			return TRUE;
	return FALSE;
}

/* "prvs=1234abcdef=local" (BATV) and "SRS0=HH=TT=domain=local" (SRS), as forwarders wrap them around a return address. */
static char *
unwrap(const char *address)
{
	const char *at = strrchr(address, '@'), *p;

	if (at == NULL)
		return g_strdup(address);
	if (carom_text_has_prefix(address, "prvs=") || carom_text_has_prefix(address, "btv1==")) {
		p = strchr(address + (address[0] == 'p' || address[0] == 'P' ? 5 : 6), '=');
		if (p != NULL && p[1] == '=')
			p++;
		return p && p < at ? g_strdup(p + 1) : g_strdup(address);
	}
	if (carom_text_has_prefix(address, "SRS0") || carom_text_has_prefix(address, "SRS1")) {
		g_autofree char *local = g_strndup(address, (gsize) (at - address));
		const char *inner = local;
		g_auto(GStrv) parts = NULL;

		if (g_ascii_toupper(local[3]) == '1') { /* SRS1=HHH=forwarder==HH=TT=domain=local */
			inner = strstr(local, "==");
			if (inner == NULL)
				inner = strstr(local, "=+") ? strstr(local, "=+") : strstr(local, "=-");
			if (inner == NULL)
				return g_strdup(address);
			inner += 2;
		} else {
			inner += 5; /* "SRS0=" or "SRS0+" or "SRS0-" */
		}
		parts = g_strsplit(inner, "=", 4);
		if (g_strv_length(parts) == 4)
			return g_strdup_printf("%s@%s", parts[3], parts[2]);
	}
	return g_strdup(address);
}

/* The recipient in [p, end): "user=domain" or "user==domain", split at the last '='. */
static char *
decode_recipient(const char *p, const char *end)
{
	const char *equals = NULL, *user_end;
	g_autofree char *spelled = NULL;

	for (const char *q = p; q < end; q++)
		if (*q == '=')
			equals = q;
	if (equals == NULL || equals == p || equals + 1 == end)
		return NULL;
	user_end = equals > p && equals[-1] == '=' ? equals - 1 : equals;
	if (user_end == p)
		return NULL;
	spelled = g_strdup_printf("%.*s@%.*s", (int) (user_end - p), p, (int) (end - equals - 1), equals + 1);
	return strchr(equals, '.') ? carom_address_parse(spelled, -1) : NULL;
}

gboolean
carom_verp_read(const char *address, const char *delimiters, char *const *domains, CaromVerp *out)
{
	g_autofree char *bare = NULL;
	const char *at;

	if (address == NULL)
		return FALSE;
	bare = unwrap(address);
	at = strrchr(bare, '@');
	if (at == NULL || !is_ours(at + 1, domains))
		return FALSE;
	for (const char *p = bare + 1; p < at; p++) {
		char *recipient;

		if (strchr(delimiters, *p) == NULL)
			continue;
		recipient = decode_recipient(p + 1, at);
		if (recipient != NULL) {
			out->recipient = recipient;
			out->sender = g_strdup_printf("%.*s%s", (int) (p - bare), bare, at);
			return TRUE;
		}
	}
	return FALSE;
}
