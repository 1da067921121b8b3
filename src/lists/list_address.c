/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "lists/list_address.h"
#include "base/text.h"
#include "mail/address_normal.h"

#include <string.h>

#define FORGOTTEN_LENGTH 51 /* "#" and 50 digits */

/* Below a country's two letters these are registries, not somebody's domain: "co.uk", "or.id". */
static gboolean
is_registry_label(const char *label, gsize len)
{
	static const char *const labels[] = { "ac",  "biz", "co",   "com", "edu", "gob",
					      "go",  "gov", "info", "mil", "my",  "ne",
					      "net", "nom", "or",   "org", "sch", "web" };

	for (gsize i = 0; i < G_N_ELEMENTS(labels); i++)
		if (strlen(labels[i]) == len && strncmp(labels[i], label, len) == 0)
			return TRUE;
	return FALSE;
}

/* TRUE for what belongs to nobody in particular: one label, or two that are a registry. */
static gboolean
is_shared_domain(const char *domain)
{
	const char *dot = strchr(domain, '.');

	if (dot == NULL)
		return TRUE;
	return strlen(dot + 1) == 2 && is_registry_label(domain, (gsize) (dot - domain));
}

/* "a@b@c.example" is two addresses, or a slip; a quoted local part and a source route may hold an
 * @. */
static gboolean
has_two_ats(const char *text)
{
	const char *at = strchr(text, '@');

	return at != NULL && strchr(at + 1, '@') != NULL && strpbrk(text, "\":") == NULL;
}

gboolean
carom_list_address_is_forgotten(const char *text)
{
	return *text == '#' && strlen(text) == FORGOTTEN_LENGTH &&
	       strspn(text + 1, "0123456789abcdef") == FORGOTTEN_LENGTH - 1;
}

CaromStatus
carom_list_address_read(const char *text, CaromListAddressUse use, char **out, GError **err)
{
	g_autofree char *normal = carom_address_normal(text, -1);
	g_autofree char *shown = carom_text_printable(text, 200);

	*out = NULL;
	if (use != CAROM_LIST_ADDRESS_ONE && carom_list_address_is_forgotten(text)) {
		*out = g_strdup(text);
		return CAROM_OK;
	}
	if (*shown == '\0')
		return carom_status_fail(err, CAROM_MALFORMED, "the address is empty");
	if (normal == NULL || has_two_ats(text))
		return carom_status_fail(err, CAROM_MALFORMED, "\"%s\" is no address", shown);
	if (*normal == '@' && use == CAROM_LIST_ADDRESS_ONE)
		return carom_status_fail(err, CAROM_MALFORMED,
					 "\"%s\" is a domain, not an address (--domain asks for a "
					 "whole domain)",
					 shown);
	if (*normal == '@' && use == CAROM_LIST_ADDRESS_NEW &&
	    is_shared_domain(normal + (normal[1] == '.' ? 2 : 1)))
		return carom_status_fail(
			err, CAROM_MALFORMED,
			"\"%s\" is no domain of anybody's: it would end all mail to "
			"those below it",
			shown);
	*out = g_steal_pointer(&normal);
	return CAROM_OK;
}
