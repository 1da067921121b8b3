/* SPDX-License-Identifier: BSD-2-Clause */
/* carom volume: how much was mailed, by day; and saying so by hand */
#include "config.h"

#include "cmd/cmd.h"
#include "store/volumes.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

typedef struct {
	char *account, *stream, *provider, *since, *until, *format;
	const char *day, *sent; /* of argv */
	const CaromRenderer *renderer;
} Options;

static CaromStatus
run_list(CaromStore *store, const Options *o, GError **err)
{
	g_autoptr(CaromTable) table = NULL;
	const CaromVolumeSpan span = { o->since, o->until, o->account, o->stream, o->provider };
	CaromStatus status = carom_volumes_list(store, &span, &table, err);

	if (status == CAROM_OK)
		cmd_print_table(o->renderer, table, "nobody counted what was sent");
	return status;
}

static CaromStatus
run_set(CaromStore *store, const Options *o, GError **err)
{
	const CaromVolumeSpan of = { o->day, o->day, o->account, o->stream, o->provider };
	CaromStatus status = carom_volumes_set(store, &of, o->sent, err);

	return status == CAROM_OK ? run_list(store, o, err) : status;
}

static int
check_days(const char *const *days, gsize n)
{
	for (gsize i = 0; i < n; i++)
		if (days[i] != NULL && !cmd_is_day(days[i]))
			return cmd_usage("volume: a day is YYYY-MM-DD, not \"%s\"", days[i]);
	return EX_OK;
}

/* EX_OK, or the exit code of what was said to be wrong. Before the database is asked. */
static int
check_options(Options *o, int argc, char **argv)
{
	const gboolean sets = argc > 1 && strcmp(argv[1], "set") == 0;
	const char *const days[] = { o->since, o->until, sets && argc > 2 ? argv[2] : NULL };
	int code = check_days(days, G_N_ELEMENTS(days));

	if (code != EX_OK)
		return code;
	o->renderer = cmd_check_format("volume", o->format);
	if (o->renderer == NULL)
		return EX_USAGE;
	if (!sets && (argc != 2 || strcmp(argv[1], "list") != 0))
		return cmd_usage("volume wants list, or set, a day and a number");
	if (!sets)
		return EX_OK;
	if (argc != 4)
		return cmd_usage("volume set wants a day and how many were mailed");
	if (o->since != NULL || o->until != NULL)
		return cmd_usage("volume set is for one day: --since and --until belong to list");
	o->day = o->since = g_strdup(argv[2]);
	o->until = g_strdup(argv[2]);
	o->sent = argv[3];
	if (*o->sent == '\0' || strspn(o->sent, "0123456789") != strlen(o->sent) ||
	    strlen(o->sent) > 10)
		return cmd_usage("volume set: \"%s\" is not how many were mailed", o->sent);
	return o->provider != NULL ? cmd_check_provider("volume", o->provider) : EX_OK;
}

static int
answer(const Options *o)
{
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(CaromStore) store = NULL;
	g_autoptr(GError) error = NULL;
	CaromStatus status = cmd_open_store(&config, &store, &error);

	if (status == CAROM_OK)
		status = o->sent ? run_set(store, o, &error) : run_list(store, o, &error);
	return status == CAROM_OK ? EX_OK : cmd_fail(status, &error);
}

int
cmd_volume(int argc, char **argv)
{
	Options o = { 0 };
	const GOptionEntry options[] = {
		{ "account", 'a', 0, G_OPTION_ARG_STRING, &o.account, "of this account", "NAME" },
		{ "stream", 's', 0, G_OPTION_ARG_STRING, &o.stream, "of this stream", "NAME" },
		{ "provider", 'p', 0, G_OPTION_ARG_STRING, &o.provider, "to this provider", "ID" },
		{ "since", 0, 0, G_OPTION_ARG_STRING, &o.since, "list: from this day on", "DAY" },
		{ "until", 0, 0, G_OPTION_ARG_STRING, &o.until, "list: up to this day", "DAY" },
		{ "format", 'f', 0, G_OPTION_ARG_STRING, &o.format, "text, csv or json", "FORMAT" },
		G_OPTION_ENTRY_NULL
	};
	char *const *const texts[] = { &o.account, &o.stream, &o.provider,
				       &o.since,   &o.until,  &o.format };
	int code;

	if (!cmd_options(&argc, &argv, options, "list|set DAY NUMBER",
			 "How many were mailed, by day, account, stream and provider.",
			 "set says the number of one day; what was counted for it is replaced."))
		return EX_USAGE;
	code = check_options(&o, argc, argv);
	if (code == EX_OK)
		code = answer(&o);
	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
		g_free(*texts[i]);
	return code;
}
