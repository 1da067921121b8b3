/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "store/keys.h"
#include "config/values.h"
#include "verp/verp.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

typedef struct {
	char *sender;
	int stream;
	const char *argument; /* NULL: none */
} Options;

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

/* The signed address for recipient, in address form: what that cannot carry needs the database. */
static CaromStatus
encode(const CaromConfig *config, const Options *o, int *exit_code, GError **err)
{
	g_autoptr(CaromKeyring) keys = NULL;
	g_autofree char *address = NULL;
	CaromStatus status = load_keys(config, &keys, err);
	CaromVerpSettings settings;

	(void) exit_code;
	if (status != CAROM_OK)
		return status;
	settings = settings_of(config, keys);
	status = carom_verp_write(&settings, o->sender, o->argument, (guint) o->stream,
				  carom_verp_today(), &address, err);
	if (status == CAROM_OK)
		puts(address);
	return status;
}

/* Whose a stream's number is, as far as carom.conf tells. */
static void
print_stream(const CaromConfig *config, guint stream)
{
	g_autofree char *number = g_strdup_printf("%u", stream);
	const char *scope = g_hash_table_lookup(config->streams, number);

	if (stream > CAROM_VERP_SHORT_STREAM)
		scope = "a row of carom.stream";
	printf("stream     %s%s%s%s\n", number, scope ? " (" : "", scope ? scope : "",
	       scope ? ")" : "");
}

static CaromStatus
decode(const CaromConfig *config, const Options *o, int *exit_code, GError **err)
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
	state = carom_verp_read(o->argument, &settings, carom_verp_today(), &verp);
	printf("state      %s\n", words[state]);
	if (verp.sender != NULL)
		printf("sender     %s\n", verp.sender);
	if (verp.recipient != NULL)
		printf("recipient  %s\n", verp.recipient);
	if (verp.address_id != 0)
		printf("address    row %" G_GUINT64_FORMAT " of carom.address\n", verp.address_id);
	if (state == CAROM_VERP_SIGNED || state == CAROM_VERP_EXPIRED) {
		g_autofree char *day = carom_verp_day_text(verp.day);

		printf("sent on    %s\n", day);
		print_stream(config, verp.stream);
		printf("key        %c\n", verp.key);
	}
	*exit_code = state == CAROM_VERP_SIGNED || state == CAROM_VERP_CLASSIC ? EX_OK : 1;
	carom_verp_clear(&verp);
	return CAROM_OK;
}

static CaromStatus
new_key(const CaromConfig *config, const Options *o, int *exit_code, GError **err)
{
	const char *path = o->argument ? o->argument : config->bounce.keys;
	CaromStatus status;
	char id;

	(void) exit_code;
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
 * addresses. "-": from standard input, for the schema's owner, who may not read the file. */
static CaromStatus
publish(const CaromConfig *config, const Options *o, int *exit_code, GError **err)
{
	g_autoptr(CaromKeyring) keys = NULL;
	g_autoptr(CaromStore) store = NULL;
	char hex[2 * CAROM_KEY_BYTES + 1], id[2] = "";
	CaromStatus status =
		g_strcmp0(o->argument, "-") == 0
			? carom_keyring_read(STDIN_FILENO, "standard input", &keys, err)
			: load_keys(config, &keys, err);
	guint n = 0;

	(void) exit_code;
	if (status == CAROM_OK)
		status = carom_store_open(config->database.conninfo, 30, &store, err);
	for (; status == CAROM_OK && carom_keyring_secret(keys, n, id, hex); n++)
		status = carom_keys_set(store, id, hex, err);
	explicit_bzero(hex, sizeof hex);
	if (status == CAROM_OK)
		printf("carom: the database has %u key(s); carom.verp() signs with %s\n", n, id);
	return status;
}

static const struct {
	const char *name;
	int least, most; /* arguments */
	CaromStatus (*run)(const CaromConfig *config, const Options *o, int *exit_code,
			   GError **err);
} verbs[] = {
	{ "encode", 1, 1, encode },
	{ "decode", 1, 1, decode },
	{ "newkey", 0, 1, new_key },
	{ "publish", 0, 1, publish },
};

/* The row of the verb that has so many arguments, or -1. */
static int
find_verb(int argc, char **argv)
{
	for (int i = 0; argc > 1 && i < (int) G_N_ELEMENTS(verbs); i++)
		if (strcmp(argv[1], verbs[i].name) == 0 && argc - 2 >= verbs[i].least &&
		    argc - 2 <= verbs[i].most)
			return i;
	return -1;
}

/* EX_OK, or EX_USAGE and what is wrong was said. */
static int
check_options(int verb, const Options *o)
{
	if (verb < 0)
		return cmd_usage("verp wants encode RECIPIENT, decode ADDRESS, newkey [FILE] or "
				 "publish [-]");
	if (verbs[verb].run == publish && o->argument != NULL && strcmp(o->argument, "-") != 0)
		return cmd_usage("verp publish takes the keys of the configuration, or those on "
				 "standard input (-)");
	if (verbs[verb].run != encode)
		return EX_OK;
	if (o->sender == NULL)
		return cmd_usage("verp encode wants --sender: the return address that carries the "
				 "recipient");
	if (carom_values_address(o->sender) != NULL)
		return cmd_usage("verp encode: --sender \"%s\" is %s", o->sender,
				 carom_values_address(o->sender));
	if (o->stream < 0 || o->stream > CAROM_VERP_MAX_STREAM)
		return cmd_usage("verp encode: --stream is a number from 0 to %d",
				 CAROM_VERP_MAX_STREAM);
	return EX_OK;
}

int
cmd_verp(int argc, char **argv)
{
	Options o = { 0 };
	const GOptionEntry options[] = { { "sender", 's', 0, G_OPTION_ARG_STRING, &o.sender,
					   "encode: the return address that carries it",
					   "ADDRESS" },
					 { "stream", 'n', 0, G_OPTION_ARG_INT, &o.stream,
					   "encode: number of account and stream", "NUMBER" },
					 G_OPTION_ENTRY_NULL };
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(GError) error = NULL;
	int exit_code, verb;
	CaromStatus status;

	if (!cmd_options(&argc, &argv, options,
			 "encode RECIPIENT|decode ADDRESS|newkey [FILE]|publish [-]",
			 "Makes and reads signed return addresses; makes keys.",
			 "decode exits 1 if the address is forged, expired or none of ours.\n"
			 "publish gives the keys to the database, for carom.verp() in SQL."))
		return EX_USAGE;
	verb = find_verb(argc, argv);
	o.argument = argc > 2 ? argv[2] : NULL;
	exit_code = check_options(verb, &o);
	if (exit_code == EX_OK) {
		status = cmd_load_config(FALSE, &config, &error);
		if (status == CAROM_OK)
			status = verbs[verb].run(config, &o, &exit_code, &error);
		if (status != CAROM_OK)
			exit_code = cmd_fail(status, &error);
	}
	g_free(o.sender);
	return exit_code;
}
