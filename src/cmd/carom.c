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
	{ "serve", "--role inbound|outbound|api|webhooks|page",
	  "the daemon: milter, LMTP, HTTP, webhooks, page", cmd_serve },
	{ "suppress", "list|check|add|remove|undo|alive|import|export",
	  "the lists of addresses not to be mailed", cmd_suppress },
	{ "forget", "ADDRESS", "a person: the counts stay, and the list still refuses",
	  cmd_forget },
	{ "feed", "", "what happened, once each, in order, for applications", cmd_feed },
	{ "webhook", "add|list|show|test|pause|resume|remove|rotate|deliveries|replay",
	  "the same, told to others by HTTP", cmd_webhook },
	{ "incident", "list|show|confirm|discard",
	  "what was held, for too many turned hard at once", cmd_incident },
	{ "replay", "[PATH…]", "messages from before, read by today's rules", cmd_replay },
	{ "policy", "list|set|unset|try|streams|mailboxes|log",
	  "which events suppress an address; what a policy would have done", cmd_policy },
	{ "report", "[NAME]", "the nightly report and its parts", cmd_report },
	{ "import", "SOURCE [FILE…]", "what was sent and delivered, by Postfix's log and by others",
	  cmd_import },
	{ "blocklists", "", "which blocklists name us, and where to ask to be taken off",
	  cmd_blocklists },
	{ "volume", "list|set", "how many were mailed, by day", cmd_volume },
	{ "verp", "encode|decode|newkey|publish",
	  "make and read signed return addresses; make keys", cmd_verp },
	{ "explain", "'REPLY TEXT'|WORD|ADDRESS",
	  "what a reply or a word means, what to do; the story of an address", cmd_explain },
	{ "rules", "check|list", "the rules that turn replies into categories", cmd_rules },
	{ "db", "init|upgrade|check|prune|setting", "the database schema, its integrity, retention",
	  cmd_db },
	{ "api", "key add|list|revoke", "the keys of the HTTP API", cmd_api },
	{ "staff", "add|list|remove", "who may use the page for staff", cmd_staff },
	{ "config", "", "print the configuration in force, and what is wrong with it", cmd_config },
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
	fputs("\ncarom help SUBCOMMAND tells the options; carom(1) and carom-SUBCOMMAND(1) tell\n"
	      "all.\n",
	      out);
}

static const CaromCommand *
find_command(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	return NULL;
}

/* argv[0] is the command's name. */
static int
run_command(const CaromCommand *command, int argc, char **argv)
{
	g_autofree char *program = g_strdup_printf("carom %s", command->name);
	int code;

	g_set_prgname(program);
	argv[0] = program;
	carom_message_init();
	code = command->run(argc, argv);
	carom_message_shutdown();
	return code;
}

/* "carom help", and "carom help report", which is "carom report --help". */
static int
help(int argc, char **argv)
{
	const CaromCommand *command = argc > 1 ? find_command(argv[1]) : NULL;
	char *asked[] = { NULL, (char *) "--help", NULL };

	if (command != NULL && argc == 2)
		return run_command(command, 2, asked);
	if (argc > 1) {
		fprintf(stderr, "carom: there is no subcommand \"%s\"\n\n", argv[argc - 1]);
		print_usage(stderr);
		return EX_USAGE;
	}
	print_usage(stdout);
	return EX_OK;
}

static gboolean
is_one_of(const char *argument, const char *a, const char *b, const char *c)
{
	return strcmp(argument, a) == 0 || strcmp(argument, b) == 0 || g_strcmp0(argument, c) == 0;
}

static int
run(int argc, char **argv)
{
	const CaromCommand *command;
	int first = 1;

	setlocale(LC_ALL, "");
	if (argc > 2 && is_one_of(argv[1], "--config", "-c", NULL)) {
		cmd_config_file = argv[2];
		first = 3;
	} else if (argc > 1 && g_str_has_prefix(argv[1], "--config=")) {
		cmd_config_file = argv[1] + strlen("--config=");
		first = 2;
	}
	argc -= first;
	argv += first;
	if (argc > 0 && is_one_of(argv[0], "--version", "-V", NULL)) {
		printf("carom %s\n", PACKAGE_VERSION);
		return EX_OK;
	}
	if (argc > 0 && is_one_of(argv[0], "--help", "-h", "help"))
		return help(argc, argv);
	command = argc > 0 ? find_command(argv[0]) : NULL;
	if (command != NULL)
		return run_command(command, argc, argv);
	if (argc > 0 && argv[0][0] != '-')
		fprintf(stderr, "carom: there is no subcommand \"%s\"\n\n", argv[0]);
	print_usage(stderr);
	return EX_USAGE;
}

int
main(int argc, char **argv)
{
	return cmd_finish(run(argc, argv));
}
