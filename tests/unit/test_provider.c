/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "config/datadir.h"
#include "rules/provider.h"

static const char text[] =
	"# comment\nprovider gmail  \"Gmail\"\n\tdomain gmail.com GoogleMail.com\n"
	"\tmx .gmail-in.example\n\tsays \"gmail says\"\n"
	"provider workspace \"Hosted\"\n\tmx .aspmx.example mx-exact.example\n"
	"\tsays \"support.example/mail\"\n"
	"provider government \"Government\"\n\tdomain *.go.id\n\tdomain exact.go.id\n";

static void
goes_by_domain_host_zone_and_words(void **state)
{
	static const struct {
		const char *name, *domain, *mta, *reply, *want;
	} rows[] = {
		{ "domain", "gmail.com", NULL, NULL, "gmail" },
		{ "domain in the file's other case", "googlemail.com", NULL, NULL, "gmail" },
		{ "domain beats host", "gmail.com", "a.aspmx.example", NULL, "gmail" },
		{ "host suffix", "shop.example", "ALT1.aspmx.example", NULL, "workspace" },
		{ "the whole host", "shop.example", "mx-exact.example", NULL, "workspace" },
		{ "suffix cut at dots only", "shop.example", "notaspmx.example", NULL, NULL },
		{ "host beats zone", "kantor.go.id", "a.aspmx.example", NULL, "workspace" },
		{ "zone", "kantor.go.id", NULL, NULL, "government" },
		{ "zone beats words", "kantor.go.id", NULL, "550 Gmail says no", "government" },
		{ "words", "shop.example", "mx.shop.example", "550 see SUPPORT.example/mail",
		  "workspace" },
		{ "nothing", "shop.example", "mx.shop.example", "550 no", NULL },
		{ "nothing asked", NULL, NULL, NULL, NULL },
	};
	g_autofree char *folder = unit_folder();
	g_autofree char *file = unit_file(folder, "providers", text);
	g_autoptr(CaromProviders) providers = NULL;

	(void) state;
	assert_int_equal(carom_providers_load(file, &providers, NULL), CAROM_OK);
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		row_string(rows[i].name,
			   carom_provider_of(providers, rows[i].domain, rows[i].mta, rows[i].reply),
			   rows[i].want);
	assert_true(carom_provider_exists(providers, "workspace"));
	assert_false(carom_provider_exists(providers, "nobody"));
	unit_remove(folder);
	carom_providers_free(NULL);
}

static void
bad_files_name_file_and_line(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "\tdomain x.example\n", "providers:1: a line before the first provider" },
		{ "isp gmail\n", "providers:1: \"isp\" where provider was expected" },
		{ "provider\n", "providers:1: provider wants an id" },
		{ "provider a \"A\"\nprovider a \"A\"\n",
		  "providers:2: provider a stands here a second time" },
		{ "provider a \"A\"\n\thost x\n",
		  "providers:2: \"host\" is none of domain, mx, says" },
		{ "provider a \"A\"\n\tsays \"abc\"\n", "providers:2: \"abc\" is too short" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *folder = unit_folder();
		g_autofree char *file = unit_file(folder, "providers", rows[i].text);
		CaromProviders *providers;
		GError *error = NULL;

		row_int(rows[i].text, carom_providers_load(file, &providers, &error), CAROM_MISUSE);
		row_error(rows[i].text, error, rows[i].says);
		unit_remove(folder);
	}
}

/* The file that ships: the domains that a newsletter sees most must not fall through. */
static void
the_shipped_file_knows(void **state)
{
	static const struct {
		const char *domain, *mta, *want;
	} rows[] = {
		{ "gmail.com", NULL, "gmail" },
		{ "yahoo.co.id", NULL, "yahoo_aol" },
		{ "hotmail.com", NULL, "microsoft_consumer" },
		{ "icloud.com", NULL, "apple" },
		{ "shop.example", "aspmx.l.google.com", "google_workspace" },
		{ "shop.example", "shop-example.mail.protection.outlook.com", "microsoft_365" },
	};
	g_autofree char *file = g_build_filename(carom_config_datadir(), "providers", NULL);
	g_autoptr(CaromProviders) providers = NULL;
	g_autoptr(GError) error = NULL;

	(void) state;
	if (carom_providers_load(file, &providers, &error) != CAROM_OK)
		fail_msg("%s", error->message);
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		row_string(rows[i].mta ? rows[i].mta : rows[i].domain,
			   carom_provider_of(providers, rows[i].domain, rows[i].mta, NULL),
			   rows[i].want);
}

UNIT_MAIN(cmocka_unit_test(goes_by_domain_host_zone_and_words),
	  cmocka_unit_test(bad_files_name_file_and_line), cmocka_unit_test(the_shipped_file_knows))
