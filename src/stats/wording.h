/* SPDX-License-Identifier: BSD-2-Clause */
/* wording - the sentences of the report, in English and Indonesian */
#ifndef CAROM_WORDING_H
#define CAROM_WORDING_H

#include <glib.h>

typedef enum {
#define CAROM_WORDING(id, english, indonesian) CAROM_WORDING_##id,
#include "stats/wording.def"
#undef CAROM_WORDING
	CAROM_N_WORDINGS
} CaromWording;

/* The sentence in lang: "id", or anything else for English. A constant. */
const char *carom_wording(const char *lang, CaromWording wording);

/*
 * The sentence with its {names} filled in: pairs of name and value, then NULL.
 * A value is put in as it is; a {name} that nobody gives stays. The caller's.
 */
char *carom_wording_fill(const char *lang, CaromWording wording, ...) G_GNUC_NULL_TERMINATED;

/* A count with its thousands apart, as the language writes it: "412,032", "412.032". The caller's.
 */
char *carom_wording_count(const char *lang, guint64 count);

/* A rate in per cent, as the language writes it: "0.31 %", "0,31 %". The caller's. */
char *carom_wording_rate(const char *lang, double rate);

#endif
