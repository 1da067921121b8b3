/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "stats/chart.h"

#include <math.h>
#include <string.h>

static void
percents_have_the_digits_that_matter(void **state)
{
	static const struct {
		double rate;
		const char *text;
	} rows[] = {
		{ 0, "0 %" },         { 0.00031, "0.031 %" }, { 0.0031, "0.31 %" },
		{ 0.0312, "3.12 %" }, { 0.312, "31.2 %" },    { 1, "100.0 %" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = carom_chart_percent(rows[i].rate);

		row_string(rows[i].text, got, rows[i].text);
	}
}

static char *
drawn(const CaromChart *chart)
{
	CaromMarkup *markup = carom_markup_fragment();

	carom_chart_write(markup, chart);
	return carom_markup_finish(markup);
}

static guint
count(const char *text, const char *part)
{
	guint n = 0;

	while ((text = strstr(text, part)) != NULL) {
		n++;
		text++;
	}
	return n;
}

static void
draws_values_limits_and_the_beginning(void **state)
{
	const double values[] = { 0.001, 0.002, NAN, 0.004, 0.003 };
	const double low[] = { 0, 0.001, 0, 0.003, 0.002 },
		     high[] = { 0.002, 0.003, 0, 0.005, 0.004 };
	const CaromChartLimit limits[] = { { 0.003, "0.3 %" }, { 0.5, "far away" } };
	const CaromChart chart = { .summary = "complaints at <gmail>",
				   .first = "1 Nov",
				   .last = "5 Nov",
				   .values = values,
				   .low = low,
				   .high = high,
				   .n = 5,
				   .limits = limits,
				   .n_limits = 2,
				   .since = 3 };
	g_autofree char *text = drawn(&chart);

	(void) state;
	assert_non_null(strstr(text, "role=\"img\" aria-label=\"complaints at &lt;gmail&gt;\""));
	assert_int_equal(count(text, "class=\"limit\""), 1); /* the other is off the picture */
	assert_int_equal(count(text, "class=\"since\""), 1);
	assert_int_equal(count(text, "class=\"band\""), 1);
	/* a day that nobody knows is a gap, not a zero */
	assert_int_equal(count(strstr(text, "class=\"line\""), "M"), 2);
	assert_null(strstr(text, "nan"));
}

static void
draws_nothing_of_nothing(void **state)
{
	const double unknown[] = { NAN, NAN }, zero[] = { 0 };
	const CaromChart none = { .summary = "x", .first = "", .last = "", .since = -1 };
	const CaromChart gaps = {
		.summary = "x", .first = "", .last = "", .values = unknown, .n = 2, .since = -1
	};
	const CaromChart one = {
		.summary = "x", .first = "", .last = "", .values = zero, .n = 1, .since = -1
	};
	g_autofree char *a = drawn(&none), *b = drawn(&gaps), *c = drawn(&one);

	(void) state;
	assert_null(strstr(a, "class=\"line\""));
	assert_null(strstr(b, "class=\"line\""));
	assert_non_null(strstr(c, "class=\"line\""));
	assert_true(strstr(a, "nan") == NULL && strstr(b, "nan") == NULL &&
		    strstr(c, "nan") == NULL);
}

UNIT_MAIN(cmocka_unit_test(percents_have_the_digits_that_matter),
	  cmocka_unit_test(draws_values_limits_and_the_beginning),
	  cmocka_unit_test(draws_nothing_of_nothing))
