/* SPDX-License-Identifier: BSD-2-Clause */
/* db_settings - the settings that the database itself must know, and who changed them */
#ifndef CAROM_STORE_DB_SETTINGS_H
#define CAROM_STORE_DB_SETTINGS_H

#include "store/connection.h"

/* Columns of carom_db_settings_list(). */
enum {
	CAROM_DB_SETTING_NAME,
	CAROM_DB_SETTING_VALUE,   /* NULL: none holds */
	CAROM_DB_SETTING_DEFAULT, /* NULL: there is none */
	CAROM_DB_SETTING_UNIT,    /* NULL: it has none */
	CAROM_DB_SETTING_LOWEST,  /* NULL: no number */
	CAROM_DB_SETTING_HIGHEST,
	CAROM_DB_SETTING_WORDS,      /* "refused, mailed"; NULL: not one of some */
	CAROM_DB_SETTING_CHANGED_BY, /* staff, owner, program */
	CAROM_DB_SETTING_THROUGH,    /* what changes it; NULL: carom_db_settings_change() */
	CAROM_DB_SETTING_MEANING
};

/* One of them, or all where name is NULL. */
CAROM_MUST_CHECK CaromStatus carom_db_settings_list(CaromStore *store, const char *name,
						    CaromTable **out, GError **err);

/* Columns of carom_db_settings_log(). */
enum {
	CAROM_DB_SETTING_LOG_AT,
	CAROM_DB_SETTING_LOG_NAME,
	CAROM_DB_SETTING_LOG_WAS, /* NULL: none was set */
	CAROM_DB_SETTING_LOG_VALUE,
	CAROM_DB_SETTING_LOG_AUTHOR,
	CAROM_DB_SETTING_LOG_LOGIN,
	CAROM_DB_SETTING_LOG_NOTE
};

/* The last 200 changes, the newest first. */
CAROM_MUST_CHECK CaromStatus carom_db_settings_log(CaromStore *store, CaromTable **out,
						   GError **err);

/* *done: "changed" or "kept", the caller's. CAROM_MALFORMED says what is wrong with name or value.
 */
CAROM_MUST_CHECK CaromStatus carom_db_settings_change(CaromStore *store, const char *name,
						      const char *value, const char *note,
						      char **done, GError **err);

#endif
