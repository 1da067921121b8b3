/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "parsers/reading/looks.h"
#include "base/text.h"

#include <string.h>

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
carom_looks_letter(const CaromMail *mail)
{
	return (carom_looks_answer(mail) || carom_mail_header(mail, "In-Reply-To") != NULL ||
		carom_mail_header(mail, "User-Agent") != NULL) &&
	       !carom_mail_system_maybe_sent(mail);
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
