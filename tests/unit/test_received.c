/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "mail/received.h"

static void
reads_what_postfix_writes(void **state)
{
	static const struct {
		const char *value, *by, *id, *client, *recipient;
		gboolean login, user;
	} rows[] = {
		{ "from c.example (unknown [127.0.0.1]) by mx.example (Postfix) with ESMTP id 4abc for "
		  "<a@b.example>; Sat, 28 Nov 2026 17:28:11 +0000 (UTC)",
		  "mx.example", "4abc", "127.0.0.1", "<a@b.example>", FALSE, FALSE },
		{ "by mx.example (Postfix) id 4abc; Sat, 28 Nov 2026", "mx.example", "4abc", NULL,
		  NULL, FALSE, FALSE },
		{ "by mx.example (Postfix, from userid 33)\tid 4abc; x", "mx.example", "4abc", NULL,
		  NULL, FALSE, TRUE },
		{ "from x (y [IPv6:2001:db8::1]) (using TLSv1.3 with cipher A (256/256 bits)) "
		  "(Authenticated sender: ann) by mx.example (Postfix) with ESMTPSA id 4; x",
		  "mx.example", "4", "2001:db8::1", NULL, TRUE, FALSE },
		{ "from by (evil [192.0.2.1]) by mx.example (Postfix) with ESMTP id 4; x",
		  "mx.example", "4", "192.0.2.1", NULL, FALSE, FALSE },
		{ "from [127.0.0.1] (evil [192.0.2.1]) by mx.example (Postfix) with SMTP id 4; x",
		  "mx.example", "4", "192.0.2.1", NULL, FALSE, FALSE },
		{ "from evil ([192.0.2.1] helo=x) by mx.example with esmtp (Exim 4.96) id 4-5-6 for c@d.example; "
		  "x",
		  "mx.example", "4-5-6", "192.0.2.1", "c@d.example", FALSE, FALSE },
		{ "by mx.example (Postfix) with ESMTPA id 4; a login without a client",
		  "mx.example", "4", NULL, NULL, FALSE, FALSE },
	};
	static const char *const none[] = {
		"",
		"x",
		"from a",
		"from a (b) by c id d",
		"from a (b [1.2.3.4]",
		"by",
		"by mx.example",
		"from (b [1.2.3.4]) by",
		"by mx.example (Postfix id 4",
		"from a (b 1.2.3.4]) by c id 4",
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_auto(CaromReceived) r = { 0 };

		row_true(rows[i].value, carom_received_read(rows[i].value, &r));
		row_string(rows[i].value, r.by, rows[i].by);
		row_string(rows[i].value, r.id, rows[i].id);
		row_string(rows[i].value, r.client, rows[i].client);
		row_string(rows[i].value, r.recipient, rows[i].recipient);
		row_int(rows[i].value, r.is_authenticated, rows[i].login);
		row_int(rows[i].value, r.is_local_user, rows[i].user);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(none); i++) {
		g_auto(CaromReceived) r = { 0 };

		row_true(none[i], !carom_received_read(none[i], &r));
	}
}

UNIT_MAIN(cmocka_unit_test(reads_what_postfix_writes))
