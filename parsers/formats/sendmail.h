/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmail - reading the text that sendmail writes for people
 *
 * The DSN reader needs it too: where the delivery-status part has no
 * Diagnostic-Code, the transcript has the server's words.
 */
#ifndef CAROM_SENDMAIL_H
#define CAROM_SENDMAIL_H

#include "report/report.h"

#include <glib.h>

/*
 * Fills in what the transcript of session in text says of recipient. FALSE,
 * and nothing changed, if there is no transcript or it doesn't name the
 * recipient. begins (may be NULL) is the first line of the reply that is meant,
 * where that is known; alone says that the recipient is the report's only one,
 * so that what is said at large is said of it.
 */
gboolean carom_sendmail_explain(CaromReport *out, CaromOutcome *outcome, const char *text,
				gsize len, const char *recipient, const char *begins,
				gboolean alone);

#endif
