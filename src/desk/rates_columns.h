/* SPDX-License-Identifier: BSD-2-Clause */
/* rates_columns - rates by provider or by stream, as several screens show them, and where their
 * cells lead */
#ifndef CAROM_RATES_COLUMNS_H
#define CAROM_RATES_COLUMNS_H

#include "desk/screen.h"

typedef enum { CAROM_RATES_PROVIDERS, CAROM_RATES_STREAMS } CaromRatesBy;

/* The answer of carom_rates_by(); *out is the caller's. */
CAROM_MUST_CHECK CaromStatus carom_rates_columns_ask(CaromDeskPage *page, const CaromSpan *span,
						     CaromRatesBy by, CaromTable **out,
						     GError **err);

/* Writes that table, on a page that has begun. */
void carom_rates_columns_write(CaromDeskPage *page, CaromDeskWord title, const CaromTable *table,
			       CaromRatesBy by);

/* The whole of a screen that shows them all. */
CAROM_MUST_CHECK CaromStatus carom_rates_columns_all(CaromDeskPage *page, const CaromSpan *span,
						     CaromDeskWord title, CaromRatesBy by,
						     GError **err);

#endif
