/* SPDX-License-Identifier: BSD-2-Clause */
/* values - what the database says of things, in the reader's words: kinds, states, faults */
#ifndef CAROM_VALUES_H
#define CAROM_VALUES_H

#include <glib.h>

/* The word for a value of a column, as CaromShown.say wants it: the value itself where there is no
 * other. Borrowed. */
const char *carom_values_say(const char *column, const char *value, const char *lang);

/*
 * What is wrong with what was asked, by the message that the database or form.c has
 * for it, in plain words; what is not known here is told as it came. The caller's.
 */
char *carom_values_fault(const char *lang, const char *message);

#endif
