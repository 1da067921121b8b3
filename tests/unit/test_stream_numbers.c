/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers of streams, with a database that is played here. */
#include "unit.h"

#include "serve/stream_numbers.h"
#include "store/streams.h"

static struct {
	CaromStatus answers;
	guint asked, next;
} fake;

CaromStatus
carom_streams_number(CaromStore *store, const char *account, const char *stream, guint *number,
		     GError **err)
{
	assert_ptr_equal(store, &fake);
	assert_string_not_equal(account, "");
	assert_non_null(stream);
	fake.asked++;
	*number = fake.answers == CAROM_OK ? fake.next++ : 0;
	return fake.answers == CAROM_OK ? CAROM_OK : carom_status_fail(err, fake.answers, "away");
}

static CaromConfig *
config_of(const char *text)
{
	g_autofree char *folder = unit_folder();
	g_autofree char *file = unit_file(folder, "carom.conf", text);
	CaromConfig *config;

	assert_int_equal(carom_config_load(file, TRUE, &config, NULL), CAROM_OK);
	unit_remove(folder);
	return config;
}

static void
asks_once_and_only_if_it_must(void **state)
{
	static const struct {
		const char *account, *stream;
		guint number, asked; /* asked so far */
	} rows[] = {
		{ "", "", 0, 0 },
		{ "", "news", 0, 0 },
		{ "acme", "news", 7, 0 },
		{ "Acme", "News", 7, 0 },
		{ "acme", "", 8, 0 },
		{ "acme", "bills", 1024, 1 },
		{ "acme", "bills", 1024, 1 },
		{ "shop", "bills", 1025, 2 },
		{ "shop", "", 1026, 3 },
		{ "shop", "bills", 1025, 3 },
	};
	g_autoptr(CaromConfig) config = config_of("[streams]\n7 = acme/news\n8 = acme\n");
	CaromStreamNumbers *numbers = carom_stream_numbers_new((CaromStore *) &fake);

	(void) state;
	fake.answers = CAROM_OK;
	fake.asked = 0;
	fake.next = 1024;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *row = g_strdup_printf("row %zu", i);
		guint number = 99;

		row_int(row,
			carom_stream_numbers_get(numbers, config, rows[i].account, rows[i].stream,
						 &number, NULL),
			CAROM_OK);
		row_int(row, number, rows[i].number);
		row_int(row, fake.asked, rows[i].asked);
	}
	carom_stream_numbers_free(numbers);
	carom_stream_numbers_free(NULL);
}

/* Signed without a number, the bounce would be nobody's and suppress for everybody. */
static void
fails_while_the_database_is_away(void **state)
{
	g_autoptr(CaromConfig) config = config_of("");
	CaromStreamNumbers *numbers = carom_stream_numbers_new((CaromStore *) &fake);
	GError *error = NULL;
	guint number;

	(void) state;
	fake.answers = CAROM_RETRY;
	fake.next = 2000;
	assert_int_equal(carom_stream_numbers_get(numbers, config, "acme", "news", &number, &error),
			 CAROM_RETRY);
	row_error("away", error, "away");
	fake.answers = CAROM_OK;
	assert_int_equal(carom_stream_numbers_get(numbers, config, "acme", "news", &number, NULL),
			 CAROM_OK);
	assert_int_equal(number, 2000);
	carom_stream_numbers_free(numbers);
}

UNIT_MAIN(cmocka_unit_test(asks_once_and_only_if_it_must),
	  cmocka_unit_test(fails_while_the_database_is_away))
