/* SPDX-License-Identifier: BSD-2-Clause */
/* carom - a feedback-loop and bounce-mail processor: the table of subcommands, nothing else */
#include "config.h"

#include "cmd/cmd.h"
#include "mail/message.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static const CaromCommand commands[] = {
	{ "parse", "[PATH…]", "show what is read from messages; touches nothing", cmd_parse },
	{ "pipe", "", "record the report on standard input (Postfix pipe transport)", cmd_pipe },
	{ "serve", "--role inbound|outbound", "the daemon: milter and LMTP sockets", cmd_serve },
	{ "suppress", "list|check|add|remove", "the lists of addresses not to be mailed",
	  cmd_suppress },
	{ "report", "[NAME]", "the nightly report and its parts", cmd_report },
	{ "verp", "encode|decode|newkey|publish",
	  "make and read signed return addresses; make keys", cmd_verp },
	{ "explain", "'REPLY TEXT'|CATEGORY|ADDRESS",
	  "what a reply means and what to do; the story of an address", cmd_explain },
	{ "rules", "check|list", "the rules that turn replies into categories", cmd_rules },
	{ "db", "init|upgrade|check|prune", "the database schema, its integrity, retention",
	  cmd_db },
	{ "config", "", "print the configuration in force", cmd_config },
};

static void
print_usage(FILE *out)
{
	fputs("Usage: carom [--config FILE] SUBCOMMAND …\n\n"
	      "Reads bounces and complaints, finds out whom each is about and why, and keeps\n"
	      "suppressions and the deliverability staff's numbers true.\n\n",
	      out);
	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
		fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].summary);
	fputs("\ncarom SUBCOMMAND --help tells the options; carom(1) and carom-SUBCOMMAND(1) tell "
	      "all.\n",
	      out);
}

static int
run(int argc, char **argv)
{
	int first = 1;

	setlocale(LC_ALL, "");
	if (argc > 2 && (strcmp(argv[1], "--config") == 0 || strcmp(argv[1], "-c") == 0)) {
		cmd_config_file = argv[2];
		first = 3;
	} else if (argc > 1 && g_str_has_prefix(argv[1], "--config=")) {
		cmd_config_file = argv[1] + strlen("--config=");
		first = 2;
	}
	if (argc > first &&
	    (strcmp(argv[first], "--version") == 0 || strcmp(argv[first], "-V") == 0)) {
		printf("carom %s\n", PACKAGE_VERSION);
		return EX_OK;
	}
	if (argc > first && (strcmp(argv[first], "--help") == 0 || strcmp(argv[first], "-h") == 0 ||
			     strcmp(argv[first], "help") == 0)) {
		print_usage(stdout);
		return EX_OK;
	}
	for (gsize i = 0; argc > first && i < G_N_ELEMENTS(commands); i++)
		if (strcmp(argv[first], commands[i].name) == 0) {
			g_autofree char *program = g_strdup_printf("carom %s", commands[i].name);
			int code;

			g_set_prgname(program);
			argv[first] = program;
			carom_message_init();
			code = commands[i].run(argc - first, argv + first);
			carom_message_shutdown();
			return code;
		}
	if (argc > first && argv[first][0] != '-')
		fprintf(stderr, "carom: there is no subcommand \"%s\"\n\n", argv[first]);
	print_usage(stderr);
	return EX_USAGE;
}

int
main(int argc, char **argv)
{
	return cmd_finish(run(argc, argv));
}
