/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * complaint_fields - the fields of a feedback report, wherever they stand
 *
 * RFC 5965 puts them into a part of their own; reporters put them into a text
 * part, into the part's MIME header, or leave them out. Shared by arf.c and
 * complaint.c.
 */
#ifndef CAROM_COMPLAINT_FIELDS_H
#define CAROM_COMPLAINT_FIELDS_H

#include "mail/message.h"
#include "report/report.h"

/* Takes one field into out; names in any case. FALSE for a field that says nothing to us. */
gboolean carom_complaint_fields_get(CaromReport *out, const char *name, const char *value);

/* Takes all fields of the text, blank lines between them or not. TRUE if one was of a feedback
 * report. */
gboolean carom_complaint_fields_text(CaromReport *out, const char *text, gsize len);

/*
 * Ends the reading of a complaint: feedback type and kind, what the copy's
 * header says of the returned message, and the recipient from there where no
 * field named one. copy may be NULL.
 */
void carom_complaint_fields_finish(CaromReport *out, const CaromFields *copy);

#endif
