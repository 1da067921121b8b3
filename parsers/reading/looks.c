/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "parsers/reading/looks.h"
#include "base/text.h"

#include <string.h>

/* Local parts that mail systems send their reports from, and how sure each is. */
static const struct {
	const char *name;
	guint sure;
	gboolean exact; /* else: anywhere in the local part */
} local_parts[] = {
	{ "mailer-daemon", 3, FALSE },
	{ "mailer_daemon", 3, FALSE },
	{ "mailerdaemon", 3, FALSE },
	{ "maildaemon", 3, FALSE },
	{ "mail-daemon", 3, FALSE },
	{ "mail_daemon", 3, FALSE },
	{ "mail.delivery", 3, FALSE },
	{ "mail-delivery", 3, FALSE },
	{ "maildelivery", 3, FALSE },
	{ "mailer", 2, TRUE },
	{ "mailsystem", 2, FALSE },
	{ "mail_service", 2, FALSE },
	{ "double-bounce", 3, FALSE },
	{ "microsoftexchange", 3, FALSE },
	{ "postmaster", 2, FALSE },
	{ "post_master", 2, FALSE },
	{ "poostmaster", 2, FALSE },
	{ "bounce", 2, TRUE },
	{ "bounces", 2, TRUE },
	{ "mdaemon", 2, TRUE },
	{ "daemon", 2, TRUE },
	{ "ndr", 2, TRUE },
	{ "dsn", 2, TRUE },
	{ "nobody", 1, TRUE },
	{ "root", 1, TRUE },
	{ "admin", 1, FALSE },
	{ "noreply", 1, FALSE },
	{ "no-reply", 1, FALSE },
	{ "donotreply", 1, FALSE },
	{ "system", 1, FALSE },
};

/* Display names of the same. */
static const struct {
	const char *words;
	guint sure;
} display_names[] = {
	{ "mail deliver", 3 },
	{ "mailer-daemon", 3 },
	{ "mailer daemon", 3 },
	{ "delivery subsystem", 3 },
	{ "delivery system", 3 },
	{ "delivery service", 2 },
	{ "delivery agent", 2 },
	{ "postmaster", 2 },
	{ "post office", 2 },
	{ "system administrator", 2 },
	{ "systemadministrator", 2 },
	{ "mail administrator", 2 },
	{ "ndr administrator", 3 },
	{ "mail system", 2 },
	{ "mail server", 2 },
	{ "mail router", 2 },
	{ "message router", 2 },
	{ "mail gateway", 2 },
	{ "microsoft outlook", 1 },
	{ "administrador do sistema", 2 },
	{ "administrador del sistema", 2 },
	{ "administrateur syst", 2 },
	{ "amministratore di sistema", 2 },
	{ "systeembeheerder", 2 },
	{ "administrator systemu", 2 },
};

gboolean
carom_looks_has_any(const CaromMail *mail, const char *const *names, gsize n)
{
	gsize n_fields;
	const CaromField *fields = carom_fields_all(carom_mail_headers(mail), &n_fields);

	for (gsize f = 0; f < n_fields; f++) {
		const char *name = fields[f].name;

		if (name[0] == '\0' || name[1] == '\0')
			continue;
		for (gsize i = 0; i < n;
		     i++) /* the third letter tells most names apart: "X-Away", "X-Vacation" */
			if (g_ascii_tolower(name[2]) == g_ascii_tolower(names[i][2]) &&
			    g_ascii_strcasecmp(name, names[i]) == 0)
				return TRUE;
	}
	return FALSE;
}

guint
carom_looks_daemon(const CaromMail *mail)
{
	const char *from = carom_mail_header(mail, "From"), *address = carom_mail_from(mail),
		   *at = strrchr(address, '@');
	gsize local = at ? (gsize) (at - address) : strlen(address);
	guint sure = 0;

	if (from == NULL || *from == '\0' || strcmp(from, "<>") == 0)
		return carom_looks_null_path(mail) ? 2 : 1;
	for (gsize i = 0; i < G_N_ELEMENTS(local_parts) && local > 0; i++) {
		gsize n = strlen(local_parts[i].name);

		if (local_parts[i].sure > sure &&
		    (local_parts[i].exact
			     ? n == local &&
				       g_ascii_strncasecmp(address, local_parts[i].name, n) == 0
			     : carom_text_find(address, local, local_parts[i].name) != NULL))
			sure = local_parts[i].sure;
	}
	if (sure < 3) {
		g_autofree char *decoded = carom_mail_header_decode(from);
		/* the name alone: what stands outside of the angle brackets, or all of a From
		 * without an address */
		char *open = strrchr(decoded, '<'), *close = open ? strchr(open, '>') : NULL;

		if (open != NULL && close != NULL)
			memset(open, ' ', (gsize) (close - open + 1));
		/* "Mail Delivery System via Helpdesk": what passed it on wrote the message */
		if (strstr(decoded, " via ") != NULL)
			return sure;
		for (gsize i = 0; i < G_N_ELEMENTS(display_names); i++)
			if (display_names[i].sure > sure &&
			    carom_text_find(decoded, strlen(decoded), display_names[i].words) !=
				    NULL)
				sure = display_names[i].sure;
	}
	return sure;
}

gboolean
carom_looks_null_path(const CaromMail *mail)
{
	const char *path = carom_mail_header(mail, "Return-Path");

	if (path == NULL)
		return FALSE;
	path += strspn(path, " \t");
	return g_str_has_prefix(path, "<>") ||
	       carom_text_find(path, strlen(path), "mailer-daemon") != NULL ||
	       carom_text_find(path, strlen(path), "double-bounce@") != NULL;
}

gboolean
carom_looks_list(const CaromMail *mail)
{
	static const char *const fields[] = { "List-Id",           "List-Post",
					      "List-Unsubscribe",  "Mailing-List",
					      "X-Mailing-List",    "X-BeenThere",
					      "X-Mailman-Version", "X-Listserver",
					      "X-ML-Name",         "List-Subscribe" };
	const char *precedence = carom_mail_header(mail, "Precedence");

	return carom_looks_has_any(mail, fields, G_N_ELEMENTS(fields)) ||
	       (precedence != NULL && carom_text_has_prefix(precedence, "list"));
}

gboolean
carom_looks_answer(const CaromMail *mail)
{
	static const char *const prefixes[] = { "re:",  "fw:", "fwd:", "aw:", "wg:",   "sv:",
						"vs:",  "vb:", "tr:",  "rv:", "antw:", "doorst:",
						"odp:", "pd:", "i:",   "r:",  "bls:" };
	const char *subject = carom_mail_subject(mail);

	for (gsize i = 0; i < G_N_ELEMENTS(prefixes); i++)
		if (carom_text_has_prefix(subject, prefixes[i]))
			return TRUE;
	return FALSE;
}

gboolean
carom_looks_system(const CaromMail *mail)
{
	return carom_looks_daemon(mail) > 0 || carom_looks_null_path(mail) ||
	       carom_mail_header(mail, "Auto-Submitted") != NULL ||
	       carom_mail_header(mail, "X-Failed-Recipients") != NULL;
}

gboolean
carom_looks_letter(const CaromMail *mail)
{
	return (carom_looks_answer(mail) || carom_mail_header(mail, "In-Reply-To") != NULL ||
		carom_mail_header(mail, "User-Agent") != NULL) &&
	       !carom_looks_system(mail);
}

gboolean
carom_looks_report(const CaromMail *mail)
{
	for (guint i = 0; i < carom_mail_n_parts(mail); i++) {
		const CaromPart *part = carom_mail_part(mail, i);

		if (part->message == -1 && g_str_has_prefix(part->type, "message/") &&
		    g_str_has_suffix(part->type, "delivery-status"))
			return TRUE;
	}
	return FALSE;
}
