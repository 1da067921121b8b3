/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config_check - does a configuration fit the host that it is on?
 *
 * What is wrong everywhere is an error of carom_config_load(). This looks at
 * files, folders, groups, time zones and at Postfix.
 */
#ifndef CAROM_CONFIG_CHECK_H
#define CAROM_CONFIG_CHECK_H

#include "config/settings.h"

typedef enum {
	CAROM_CHECK_ERROR,  /* carom would not start, or not do what the setting says */
	CAROM_CHECK_WARNING /* it may be right: a person should look */
} CaromCheckLevel;

/* problem names file, key and value, in a sentence. */
typedef void (*CaromConfigProblem)(CaromCheckLevel level, const char *problem, void *user);

/* Calls func for each problem, in the order of the settings. */
void carom_config_check(const CaromConfig *config, CaromConfigProblem func, void *user);

#endif
