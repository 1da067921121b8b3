/*
 * mail_servers - text reports of mail servers that one row describes
 *
 * Each row says which server and version writes it so.
 */
#include "config.h"

#include "text_table.h"

static const CaromTextFormat rows[] = {
	{
		.name = "imail",
		.reference = "Ipswitch IMail Server, SMTP32",
		.header = { "X-Mailer", "<SMTP32 v" },
		.recipient = CAROM_RCPT_AFTER,
		.rcpt = { "undeliverable to ", "User mailbox exceeds allowed size: ", "User unknown: ", "Unknown user: ", "Unknown host: ", "Invalid final delivery userid: " },
		.reason_form = CAROM_REASON_PARAGRAPH,
	},
};

static int
mail_servers_probe(const CaromMail *mail)
{
	return carom_text_table_probe(mail, rows, G_N_ELEMENTS(rows));
}

static CaromStatus
mail_servers_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	return carom_text_table_parse(mail, rows, G_N_ELEMENTS(rows), out, err);
}

const CaromParser carom_parser_mail_servers = {
	.name = "mail_servers",
	.reference = "the servers that its rows name",
	.probe = mail_servers_probe,
	.parse = mail_servers_parse,
};
