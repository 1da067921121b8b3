/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "stats/thresholds.h"

/* The thresholds of a folder whose file holds text. The folder is gone afterwards. */
static CaromStatus
load(const char *text, CaromThresholds **out, GError **err)
{
	g_autofree char *folder = g_dir_make_tmp("carom-thresholds.XXXXXX", NULL),
			*path = g_build_filename(folder, "thresholds", NULL);
	CaromStatus status;

	assert_true(g_file_set_contents(path, text, -1, NULL));
	status = carom_thresholds_load(folder, out, err);
	g_unlink(path);
	g_rmdir(folder);
	return status;
}

static void
judges_by_the_ends_of_the_interval(void **state)
{
	static const struct {
		const char *name;
		guint64 events, mails;
		CaromThresholdState wanted;
	} rows[] = {
		{ "surely below the aim", 20, 100000, CAROM_THRESHOLD_SAFE },
		{ "none of many", 0, 100000, CAROM_THRESHOLD_SAFE },
		{ "none of few", 0, 300, CAROM_THRESHOLD_UNKNOWN },
		{ "just below", 95, 100000, CAROM_THRESHOLD_UNKNOWN },
		{ "just above", 105, 100000, CAROM_THRESHOLD_UNKNOWN },
		{ "surely above the aim", 200, 100000, CAROM_THRESHOLD_ABOVE },
		{ "perhaps over the limit", 310, 100000, CAROM_THRESHOLD_ABOVE },
		{ "surely over the limit", 400, 100000, CAROM_THRESHOLD_OVER },
		{ "two of many are no rate", 2, 201, CAROM_THRESHOLD_UNKNOWN },
		{ "nor are all of a few", 100, 199, CAROM_THRESHOLD_UNKNOWN },
	};
	const CaromThreshold threshold = { .measure = CAROM_MEASURE_COMPLAINTS,
					   .aim = 0.001,
					   .limit = 0.003 };

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		row_int(rows[i].name,
			carom_thresholds_judge(&threshold, rows[i].events, rows[i].mails),
			rows[i].wanted);
	assert_string_equal(carom_thresholds_state_name(CAROM_THRESHOLD_OVER), "over");
	assert_null(carom_thresholds_state_name(CAROM_THRESHOLD_UNKNOWN));
}

static void
a_provider_has_its_own_or_everybodys(void **state)
{
	g_autoptr(CaromThresholds) thresholds = NULL;
	const CaromThreshold *found;

	(void) state;
	assert_int_equal(
		load("threshold pa\n\tmeasure complaints\n\taim 0.002\n\tlimit 0.004\n\tof inbox\n"
		     "threshold *\n\tmeasure complaints\n\taim 0.001\n\tlimit 0.003\n",
		     &thresholds, NULL),
		CAROM_OK);
	found = carom_thresholds_find(thresholds, "pa", CAROM_MEASURE_COMPLAINTS);
	assert_true(found->limit > 0.0039 && found->limit < 0.0041);
	assert_string_equal(found->of, "inbox");
	found = carom_thresholds_find(thresholds, "pb", CAROM_MEASURE_COMPLAINTS);
	assert_string_equal(found->provider, "*");
	assert_ptr_equal(found, carom_thresholds_find(thresholds, NULL, CAROM_MEASURE_COMPLAINTS));
	assert_null(carom_thresholds_find(thresholds, "pa", CAROM_MEASURE_HARD));
}

static void
what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *text, *said;
	} rows[] = {
		{ "\taim 0.1\n", "comes first" },
		{ "treshold gmail\n", "threshold PROVIDER" },
		{ "threshold\n", "threshold PROVIDER" },
		{ "threshold gmail\n\taim 10 %\n", "aim can't be \"10 %\"" },
		{ "threshold gmail\n\tlimit 0\n", "limit can't be \"0\"" },
		{ "threshold gmail\n\tmeasure clicks\n", "measure can't be \"clicks\"" },
		{ "threshold gmail\n\tcolour red\n", "there is no setting \"colour\"" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(CaromThresholds) thresholds = NULL;
		g_autoptr(GError) error = NULL;

		row_int(rows[i].text, load(rows[i].text, &thresholds, &error), CAROM_MISUSE);
		if (strstr(error->message, rows[i].said) == NULL)
			fail_msg("row \"%s\": %s", rows[i].text, error->message);
	}
}

UNIT_MAIN(cmocka_unit_test(judges_by_the_ends_of_the_interval),
	  cmocka_unit_test(a_provider_has_its_own_or_everybodys),
	  cmocka_unit_test(what_is_wrong_is_named))
