/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/unclassified.h"
#include "store/connection_private.h"

CaromStatus
carom_unclassified_replies(CaromStore *store, const CaromSpan *span, CaromTable **out, GError **err)
{
	const char *const args[] = { span->first, span->last, span->account, span->stream };

	/* in the order of the CAROM_UNCLASSIFIED_… columns */
	return carom_store_query_local(store,
				       "SELECT said, provider, events, first_day, last_day, report "
				       "FROM carom.undetermined($1::date, $2::date, $3, $4)",
				       args, 4, out, err);
}

CaromStatus
carom_unclassified_messages(CaromStore *store, const CaromSpan *span, CaromTable **out,
			    GError **err)
{
	const char *const args[] = { span->first, span->last };

	return carom_store_query_local(
		store,
		"SELECT subject, from_address, reports, first_day, last_day, report "
		"FROM carom.unread($1::date, $2::date)",
		args, 2, out, err);
}
