/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dialect - carom's lists in the API of a provider, for programs that were written for it
 *
 * A dialect is a table: what can be asked, and how keys, accounts and errors look.
 * Each row asks one function of the database, which answers in the provider's form
 * and decides what the key may see. It takes the account first, then the row's
 * fields.
 */
#ifndef CAROM_DIALECT_H
#define CAROM_DIALECT_H

#include "http/api_key.h"
#include "http/group.h"

typedef struct {
	const CaromEndpoint *endpoints;
	guint n_endpoints;
	const char *account_field; /* of the head, that names the account */
	/* Reads the key out of Authorization, which may be NULL; FALSE: there is none in it. */
	gboolean (*read_key)(const char *authorization, CaromApiKey *out);
	/* Writes an error; detail is a sentence, field the name of what is at fault or NULL. */
	void (*write_error)(int status, const char *detail, const char *field, GString *out);
	/* Adds to a page, which is an object of JSON in answer, where the next one begins; NULL:
	 * there are no pages. */
	void (*add_next)(const CaromHttpRequest *request, const char *cursor, GString *answer);
} CaromDialect;

/* Answers a request, as a group does. */
void carom_dialect_answer(const CaromDialect *dialect, const CaromHttp *http,
			  const CaromHttpRequest *request, const CaromTarget *target,
			  CaromHttpResponse *out);

/* Makes an error of it, in the dialect's form. */
void carom_dialect_fail(const CaromDialect *dialect, CaromHttpResponse *out, int status,
			const char *detail, const char *field);

/* /compat/sparkpost: SparkPost's suppression list and events (dialect_sparkpost.c). */
extern const CaromHttpGroup carom_dialect_sparkpost;

/* /compat/sendgrid: SendGrid's suppressions and unsubscribe groups (dialect_sendgrid.c). */
extern const CaromHttpGroup carom_dialect_sendgrid;

#endif
