/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "intake/queue_id.h"

static void
reads_what_postfix_writes_itself(void **state)
{
	static const struct {
		const char *received, *id;
	} rows[] = {
		{ "by mx.example.com (Postfix) id 4XkT2s1Zz; Sat, 28 Nov 2026 09:10:01 +0000",
		  "4XkT2s1Zz" },
		{ "by mx.example.com (Postfix)\n\tid 1A2B3C4D5E; Sat, 28 Nov 2026", "1A2B3C4D5E" },
		{ "by mx.example.com (Postfix, from userid 1000) id 1A2B; Sat", "1A2B" },
		{ " by mx.example.com id 1A2B", "1A2B" },
		{ "from a.example (a.example [192.0.2.1]) by mx.example.com (Postfix) id 1A; x",
		  NULL },
		{ "by mx.example.com (Postfix) with ESMTP id 1A2B; x", NULL },
		{ "by mx.example.com (id 1A2B; x", NULL },
		{ "by mx.example.com (Postfix) id 1A,B; x", NULL },
		{ "by mx.example.com (Postfix) id ; x", NULL },
		{ "by mx.example.com (Postfix) id", NULL },
		{ "by mx.example.com (Postfix) id "
		  "11111111111111111111111111111111111111111111111111; x",
		  NULL },
		{ "by ", NULL },
		{ "", NULL },
		{ NULL, NULL },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *id = carom_queue_id_of_received(rows[i].received);

		row_string(rows[i].received ? rows[i].received : "none", id, rows[i].id);
	}
}

UNIT_MAIN(cmocka_unit_test(reads_what_postfix_writes_itself))
