/* SPDX-License-Identifier: BSD-2-Clause */
/* advice - what a category means and what to do about it, from the data files advice.en and
 * advice.id */
#ifndef CAROM_ADVICE_H
#define CAROM_ADVICE_H

#include "base/status.h"

typedef struct CaromAdvice CaromAdvice;

/* Whether there is advice in that language: "en", "id". */
gboolean carom_advice_speaks(const char *lang);

/* lang: "en" or "id"; NULL: the locale's, English where we don't speak it. *out is the caller's. */
CAROM_MUST_CHECK CaromStatus carom_advice_load(const char *datadir, const char *lang,
					       CaromAdvice **out, GError **err);

/* key: title, guide, means, do, blame. Borrowed; NULL if the category has none. */
const char *carom_advice_get(const CaromAdvice *advice, const char *category, const char *key);

/* "en" or "id" */
const char *carom_advice_lang(const CaromAdvice *advice);

void carom_advice_free(CaromAdvice *advice); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromAdvice, carom_advice_free)

#endif
