/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "store/keys.h"
#include "verp/verp.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static char *sender;
static int stream;

static CaromVerpSettings
settings_of(const CaromConfig *config, const CaromKeyring *keys)
{
	return (CaromVerpSettings){ .keys = keys,
				    .delimiters = config->bounce.delimiters,
				    .domains = config->bounce.domains,
				    .lifetime = config->bounce.lifetime,
				    .senders = config->senders };
}

static CaromStatus
load_keys(const CaromConfig *config, CaromKeyring **keys, GError **err)
{
	if (*config->bounce.keys == '\0')
		return carom_status_fail(err, CAROM_MISUSE,
					 "no keys file is configured (keys in [bounce])");
	return carom_keyring_load(config->bounce.keys, keys, err);
}

/* The signed address for recipient: address form, or token form with a row of its own where that
 * can't carry it. */
static CaromStatus
encode(const CaromConfig *config, const char *recipient, GError **err)
{
	g_autoptr(CaromKeyring) keys = NULL;
	g_autofree char *address = NULL;
	CaromStatus status = load_keys(config, &keys, err);
	CaromVerpSettings settings;

	if (status != CAROM_OK)
		return status;
	if (sender == NULL)
		return carom_status_fail(
			err, CAROM_MISUSE,
			"verp encode wants --sender: the return address that carries the "
			"recipient");
	settings = settings_of(config, keys);
	status = carom_verp_write(&settings, sender, recipient, (guint) stream, carom_verp_today(),
				  &address, err);
	if (status == CAROM_OK)
		puts(address);
	return status;
}

static CaromStatus
decode(const CaromConfig *config, const char *address, int *exit_code, GError **err)
{
	static const char *const words[] = {
		[CAROM_VERP_NONE] = "no return address of ours",
		[CAROM_VERP_CLASSIC] = "unsigned",
		[CAROM_VERP_SIGNED] = "signed",
		[CAROM_VERP_EXPIRED] = "signed, expired",
		[CAROM_VERP_FORGED] = "forged",
	};
	g_autoptr(CaromKeyring) keys = NULL;
	CaromStatus status = *config->bounce.keys ? load_keys(config, &keys, err) : CAROM_OK;
	CaromVerpSettings settings = settings_of(config, keys);
	CaromVerpState state;
	CaromVerp verp;

	if (status != CAROM_OK)
		return status;
	state = carom_verp_read(address, &settings, carom_verp_today(), &verp);
	printf("state      %s\n", words[state]);
	if (verp.sender != NULL)
		printf("sender     %s\n", verp.sender);
	if (verp.recipient != NULL)
		printf("recipient  %s\n", verp.recipient);
	if (verp.address_id != 0)
		printf("address    row %" G_GUINT64_FORMAT " of carom.address\n", verp.address_id);
	if (state == CAROM_VERP_SIGNED || state == CAROM_VERP_EXPIRED) {
		g_autofree char *day = carom_verp_day_text(verp.day);

		printf("sent on    %s\nstream     %u\nkey        %c\n", day, verp.stream, verp.key);
	}
	*exit_code = state == CAROM_VERP_SIGNED || state == CAROM_VERP_CLASSIC ? EX_OK : 1;
	carom_verp_clear(&verp);
	return CAROM_OK;
}

static CaromStatus
new_key(const CaromConfig *config, const char *file, GError **err)
{
	const char *path = file ? file : config->bounce.keys;
	CaromStatus status;
	char id;

	if (*path == '\0')
		return carom_status_fail(
			err, CAROM_MISUSE,
			"verp newkey wants a file, or keys in [bounce] of the configuration");
	status = carom_keyring_new_key(path, &id, err);
	if (status == CAROM_OK)
		printf("carom: key %c is in %s now and signs from the next start or reload on; the "
		       "older ones still verify\n",
		       id, path);
	return status;
}

/* Gives the database the keys, the one that signs last, so that carom.verp() in SQL makes the same
 * addresses. */
static CaromStatus
publish(const CaromConfig *config, GError **err)
{
	g_autoptr(CaromKeyring) keys = NULL;
	g_autoptr(CaromStore) store = NULL;
	char hex[2 * CAROM_KEY_BYTES + 1], id[2] = "";
	CaromStatus status = load_keys(config, &keys, err);
	guint n = 0;

	if (status == CAROM_OK)
		status = carom_store_open(config->database.conninfo, 30, &store, err);
	for (; status == CAROM_OK && carom_keyring_secret(keys, n, id, hex); n++) {
		status = carom_keys_set(store, id, hex, err);
	}
	explicit_bzero(hex, sizeof hex);
	if (status == CAROM_OK)
		printf("carom: the database has %u key(s); carom.verp() signs with %s\n", n, id);
	return status;
}

int
cmd_verp(int argc, char **argv)
{
	const GOptionEntry options[] = { { "sender", 's', 0, G_OPTION_ARG_STRING, &sender,
					   "encode: the return address to put the recipient into",
					   "ADDRESS" },
					 { "stream", 'n', 0, G_OPTION_ARG_INT, &stream,
					   "encode: number of account and stream", "NUMBER" },
					 G_OPTION_ENTRY_NULL };
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(GError) error = NULL;
	int exit_code = EX_OK;
	CaromStatus status;

	if (!cmd_options(&argc, &argv, options,
			 "encode RECIPIENT|decode ADDRESS|newkey [FILE]|publish",
			 "Makes and reads signed return addresses; makes keys.",
			 "decode exits 1 if the address is forged, expired or none of ours.\n"
			 "publish gives the keys to the database, for carom.verp() in SQL."))
		return EX_USAGE;
	status = cmd_load_config(FALSE, &config, &error);
	if (status != CAROM_OK)
		return cmd_fail(status, &error);
	if (argc == 3 && strcmp(argv[1], "encode") == 0)
		status = encode(config, argv[2], &error);
	else if (argc == 3 && strcmp(argv[1], "decode") == 0)
		status = decode(config, argv[2], &exit_code, &error);
	else if ((argc == 2 || argc == 3) && strcmp(argv[1], "newkey") == 0)
		status = new_key(config, argc == 3 ? argv[2] : NULL, &error);
	else if (argc == 2 && strcmp(argv[1], "publish") == 0)
		status = publish(config, &error);
	else
		return cmd_usage("verp wants encode RECIPIENT, decode ADDRESS, newkey or publish");
	return status == CAROM_OK ? exit_code : cmd_fail(status, &error);
}
