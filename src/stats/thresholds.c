/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stats/thresholds.h"
#include "base/data_file.h"
#include "stats/statistics.h"

#include <string.h>

#define NORMAL_95 1.959964
#define ENOUGH_MAILS 200
#define ENOUGH_EVENTS 3

struct CaromThresholds {
	GPtrArray *rows; /* CaromThreshold */
};

static void
free_row(gpointer data)
{
	CaromThreshold *row = data;

	g_free(row->provider);
	g_free(row->of);
	g_free(row->source);
	g_free(row);
}

/* "0.003"; FALSE: it is no fraction between 0 and 1. */
static gboolean
parse_fraction(const char *text, double *out)
{
	char *end;

	*out = g_ascii_strtod(text, &end);
	return end > text && *end == '\0' && *out > 0 && *out < 1;
}

static gboolean
parse_measure(const char *text, CaromMeasure *out)
{
	for (int m = 0; m < CAROM_N_MEASURES; m++)
		if (strcmp(text, carom_series_measure_name((CaromMeasure) m)) == 0) {
			*out = (CaromMeasure) m;
			return TRUE;
		}
	return FALSE;
}

static CaromStatus
take_setting(const CaromDataLine *line, CaromThreshold *row, const char *name, const char *value,
	     GError **err)
{
	gboolean sound = *value != '\0';

	if (strcmp(name, "measure") == 0) {
		sound = parse_measure(value, &row->measure);
	} else if (strcmp(name, "aim") == 0) {
		sound = parse_fraction(value, &row->aim);
	} else if (strcmp(name, "limit") == 0) {
		sound = parse_fraction(value, &row->limit);
	} else if (strcmp(name, "of") == 0) {
		g_free(row->of);
		row->of = g_strdup(value);
	} else if (strcmp(name, "source") == 0) {
		g_free(row->source);
		row->source = g_strdup(value);
	} else {
		return carom_data_file_fail(line, err, "there is no setting \"%s\"", name);
	}
	return sound ? CAROM_OK
		     : carom_data_file_fail(line, err, "%s can't be \"%s\"", name, value);
}

static CaromStatus
take_line(const CaromDataLine *line, void *user, GError **err)
{
	CaromThresholds *thresholds = user;
	char *value = line->text + strcspn(line->text, " \t");
	CaromThreshold *row;

	if (*value != '\0')
		*value++ = '\0';
	value += strspn(value, " \t");
	if (line->head) {
		if (strcmp(line->text, "threshold") != 0 || *value == '\0')
			return carom_data_file_fail(line, err,
						    "a head line is \"threshold PROVIDER\"");
		row = g_new0(CaromThreshold, 1);
		row->provider = g_strdup(value);
		row->aim = row->limit = 1;
		g_ptr_array_add(thresholds->rows, row);
		return CAROM_OK;
	}
	if (thresholds->rows->len == 0)
		return carom_data_file_fail(line, err, "\"threshold PROVIDER\" comes first");
	row = g_ptr_array_index(thresholds->rows, thresholds->rows->len - 1);
	return take_setting(line, row, line->text, value, err);
}

CaromStatus
carom_thresholds_load(const char *datadir, CaromThresholds **out, GError **err)
{
	g_autofree char *path = g_build_filename(datadir, "thresholds", NULL);
	g_autoptr(CaromThresholds) thresholds = g_new0(CaromThresholds, 1);
	CaromStatus status;

	*out = NULL;
	thresholds->rows = g_ptr_array_new_with_free_func(free_row);
	status = carom_data_file_read(path, NULL, take_line, thresholds, err);
	if (status == CAROM_OK)
		*out = g_steal_pointer(&thresholds);
	return status;
}

void
carom_thresholds_free(CaromThresholds *thresholds)
{
	if (thresholds == NULL)
		return;
	g_ptr_array_unref(thresholds->rows);
	g_free(thresholds);
}

const CaromThreshold *
carom_thresholds_find(const CaromThresholds *thresholds, const char *provider, CaromMeasure measure)
{
	const CaromThreshold *general = NULL;

	for (guint i = 0; i < thresholds->rows->len; i++) {
		const CaromThreshold *row = g_ptr_array_index(thresholds->rows, i);

		if (row->measure != measure)
			continue;
		if (g_strcmp0(row->provider, provider) == 0)
			return row;
		if (strcmp(row->provider, "*") == 0)
			general = row;
	}
	return general;
}

CaromThresholdState
carom_thresholds_judge(const CaromThreshold *threshold, guint64 events, guint64 mails)
{
	const CaromInterval interval = carom_statistics_wilson(events, mails, NORMAL_95);

	if (mails < ENOUGH_MAILS)
		return CAROM_THRESHOLD_UNKNOWN;
	if (interval.high < threshold->aim)
		return CAROM_THRESHOLD_SAFE;
	if (events < ENOUGH_EVENTS || interval.low <= threshold->aim)
		return CAROM_THRESHOLD_UNKNOWN;
	return interval.low > threshold->limit ? CAROM_THRESHOLD_OVER : CAROM_THRESHOLD_ABOVE;
}

const char *
carom_thresholds_state_name(CaromThresholdState state)
{
	static const char *const names[] = { NULL, "safe", "above", "over" };

	return names[state];
}
