/* SPDX-License-Identifier: BSD-2-Clause */
/* settings_private - the rows of carom.conf, which loading and printing share */
#ifndef CAROM_SETTINGS_PRIVATE_H
#define CAROM_SETTINGS_PRIVATE_H

#include "config/settings.h"
#include "config/values.h"

typedef enum {
	CAROM_SETTING_STRING,
	CAROM_SETTING_LIST,
	CAROM_SETTING_COUNT,
	CAROM_SETTING_SIZE,
	CAROM_SETTING_CHOICE
} CaromSettingType;

typedef struct {
	const char *group, *key;
	CaromSettingType type;
	const char *def;
	gsize offset; /* into CaromConfig */
	guint64 min, max;
	const char *choices;  /* of a choice: "no|yes", the second being TRUE */
	CaromValueTest wrong; /* of a string, if it is not empty, or of each member of a list */
	gboolean needed;      /* it may not be empty */
	const char *help;
} CaromSetting;

/* A group whose keys are the postmaster's own: a GHashTable in CaromConfig. */
typedef struct {
	const char *name;
	gsize offset; /* into CaromConfig */
	CaromValueTest wrong_key, wrong_value;
	char *(*key_form)(
		const char *key); /* as the key is looked up; the result is the caller's */
} CaromFreeGroup;

/* All rows, in the order of the groups. */
const CaromSetting *carom_settings_rows(gsize *n);
const CaromFreeGroup *carom_settings_free_groups(gsize *n);

/* What config holds of that group. Borrowed. */
static inline GHashTable *
carom_settings_table(const CaromConfig *config, const CaromFreeGroup *group)
{
	return *(GHashTable *const *) ((const char *) config + group->offset);
}

#endif
