/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stats/chart.h"

#include <math.h>

#define WIDTH 640
#define HEIGHT 160
#define LEFT 88 /* for the labels of the axis, which are larger on a phone */
#define RIGHT 8
#define TOP 18
#define BOTTOM 28

char *
carom_chart_percent(double rate)
{
	const double percent = rate * 100;
	int digits;

	if (percent == 0 || percent >= 10)
		digits = percent == 0 ? 0 : 1;
	else
		digits = percent >= 0.1 ? 2 : 3;
	return g_strdup_printf("%.*f %%", digits, percent);
}

/* The least of 1, 2, 5 times a power of ten that is not below value. */
static double
round_up(double value)
{
	const double unit = pow(10, floor(log10(value)));
	static const double steps[] = { 1, 2, 5, 10 };

	for (gsize i = 0; i < G_N_ELEMENTS(steps); i++)
		if (value <= steps[i] * unit * (1 + 1e-9))
			return steps[i] * unit;
	return value;
}

/* The top of the axis: over the highest value, and over the limits that are near it. */
static double
top_of(const CaromChart *chart)
{
	double highest = 0, top;

	for (guint i = 0; i < chart->n; i++)
		if (!isnan(chart->values[i]))
			highest = MAX(highest, chart->values[i]);
	top = highest;
	for (guint i = 0; i < chart->n_limits; i++)
		if (chart->limits[i].value <= highest * 3)
			top = MAX(top, chart->limits[i].value);
	return top > 0 ? round_up(top * 1.05) : 0.01;
}

static double
x_of(const CaromChart *chart, guint day)
{
	return LEFT + (WIDTH - LEFT - RIGHT) * (chart->n > 1 ? day / (chart->n - 1.0) : 0.5);
}

static double
y_of(double value, double top)
{
	return TOP + (HEIGHT - TOP - BOTTOM) * (1 - CLAMP(value / top, 0, 1));
}

/* A number in an attribute: a point whatever the locale. */
static const char *
number(double value, char buffer[G_ASCII_DTOSTR_BUF_SIZE])
{
	return g_ascii_formatd(buffer, G_ASCII_DTOSTR_BUF_SIZE, "%.1f", value);
}

static void
write_line(CaromMarkup *markup, const char *class, double x1, double y1, double x2, double y2)
{
	char a[G_ASCII_DTOSTR_BUF_SIZE], b[G_ASCII_DTOSTR_BUF_SIZE], c[G_ASCII_DTOSTR_BUF_SIZE],
		d[G_ASCII_DTOSTR_BUF_SIZE];

	carom_markup_element(markup, "line", NULL, "class", class, "x1", number(x1, a), "y1",
			     number(y1, b), "x2", number(x2, c), "y2", number(y2, d), NULL);
}

static void
write_label(CaromMarkup *markup, const char *text, double x, double y, const char *anchor)
{
	char a[G_ASCII_DTOSTR_BUF_SIZE], b[G_ASCII_DTOSTR_BUF_SIZE];

	carom_markup_element(markup, "text", text, "class", "axis", "x", number(x, a), "y",
			     number(y, b), "text-anchor", anchor, NULL);
}

/* Adds a point to a path; move: it begins a new line. */
static void
add_point(GString *path, gboolean move, double x, double y)
{
	char a[G_ASCII_DTOSTR_BUF_SIZE], b[G_ASCII_DTOSTR_BUF_SIZE];

	g_string_append_printf(path, "%c%s %s", move ? 'M' : 'L', number(x, a), number(y, b));
}

static void
write_values(CaromMarkup *markup, const CaromChart *chart, double top)
{
	g_autoptr(GString) path = g_string_new(NULL);
	gboolean gap = TRUE;

	for (guint i = 0; i < chart->n; i++) {
		if (isnan(chart->values[i])) {
			gap = TRUE;
			continue;
		}
		add_point(path, gap, x_of(chart, i), y_of(chart->values[i], top));
		gap = FALSE;
	}
	if (path->len > 0)
		carom_markup_element(markup, "path", NULL, "class", "line", "d", path->str, NULL);
}

/* The intervals: up along the high ends, back along the low ones. Only where all are known. */
static void
write_band(CaromMarkup *markup, const CaromChart *chart, double top)
{
	g_autoptr(GString) path = g_string_new(NULL);

	if (chart->low == NULL || chart->high == NULL)
		return;
	for (guint i = 0; i < chart->n; i++)
		if (!isnan(chart->values[i]))
			add_point(path, path->len == 0, x_of(chart, i), y_of(chart->high[i], top));
	for (guint i = chart->n; i-- > 0;)
		if (!isnan(chart->values[i]))
			add_point(path, FALSE, x_of(chart, i), y_of(chart->low[i], top));
	if (path->len > 0) {
		g_string_append_c(path, 'Z');
		carom_markup_element(markup, "path", NULL, "class", "band", "d", path->str, NULL);
	}
}

/* A round number, with no more digits than it needs. The caller's. */
static char *
axis_label(const CaromChart *chart, double value)
{
	char digits[G_ASCII_DTOSTR_BUF_SIZE];

	g_ascii_formatd(digits, sizeof digits, "%.3g", value * 100);
	if (g_strcmp0(chart->lang, "id") == 0)
		g_strdelimit(digits, ".", ',');
	return g_strdup_printf("%s %%", digits);
}

static void
write_axis(CaromMarkup *markup, const CaromChart *chart, double top)
{
	for (int i = 0; i <= 2; i++) {
		g_autofree char *label = axis_label(chart, top * i / 2);
		double y = y_of(top * i / 2, top);

		write_line(markup, "axis", LEFT, y, WIDTH - RIGHT, y);
		write_label(markup, label, LEFT - 6, y + 4, "end");
	}
	write_label(markup, chart->first, LEFT, HEIGHT - 7, "start");
	write_label(markup, chart->last, WIDTH - RIGHT, HEIGHT - 7, "end");
}

void
carom_chart_write(CaromMarkup *markup, const CaromChart *chart)
{
	const double top = top_of(chart);
	g_autofree char *box = g_strdup_printf("0 0 %d %d", WIDTH, HEIGHT);

	carom_markup_open(markup, "svg", "viewBox", box, "role", "img", "aria-label",
			  chart->summary, NULL);
	carom_markup_element(markup, "title", chart->summary, NULL);
	write_axis(markup, chart, top);
	write_band(markup, chart, top);
	for (guint i = 0; i < chart->n_limits; i++) {
		double y = y_of(chart->limits[i].value, top);

		if (chart->limits[i].value > top)
			continue;
		write_line(markup, "limit", LEFT, y, WIDTH - RIGHT, y);
		if (chart->limits[i].label != NULL)
			write_label(markup, chart->limits[i].label, WIDTH - RIGHT, y - 3, "end");
	}
	if (chart->since >= 0 && chart->since < (int) chart->n) {
		double x = x_of(chart, (guint) chart->since);

		write_line(markup, "since", x, TOP, x, HEIGHT - BOTTOM);
	}
	write_values(markup, chart, top);
	carom_markup_close(markup);
}
