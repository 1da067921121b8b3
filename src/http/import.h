/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import - a file of suppressed addresses comes in over HTTP, and is taken whole or not at all
 *
 * It goes to the database as it comes, so that the memory it takes does not depend
 * on its length. All forms of list_format.h are read.
 */
#ifndef CAROM_IMPORT_H
#define CAROM_IMPORT_H

#include "http/api_key.h"
#include "http/http.h"
#include "http/inputs.h"

/* The fields, in the places of values. */
typedef enum {
	CAROM_IMPORT_FORM,
	CAROM_IMPORT_LIST,
	CAROM_IMPORT_ACCOUNT,
	CAROM_IMPORT_STREAM,
	CAROM_IMPORT_REASON,
	CAROM_IMPORT_DRY_RUN
} CaromImportField;

/* Begins one for the key. NULL: it is answered, in out. The values are taken out of values. */
CaromHttpSink *carom_import_open(const CaromHttp *http, const CaromHttpRequest *request,
				 const CaromApiKey *key, CaromInputValues *values,
				 CaromHttpResponse *out);

#endif
