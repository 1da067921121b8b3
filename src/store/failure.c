/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/failure.h"

#include <string.h>

/* Which failure is whose, by SQLSTATE class. No SQLSTATE at all: the server is away. */
static const struct {
	const char *class;
	CaromStatus status;
} sqlstates[] = {
	{ "08", CAROM_RETRY },     /* connection */
	{ "22", CAROM_MALFORMED }, /* data it won't store */
	{ "25",
	  CAROM_RETRY }, /* read-only: a standby that will be promoted, or we reach another host */
	{ "40", CAROM_RETRY },     /* deadlock, serialization */
	{ "53", CAROM_RETRY },     /* out of resources */
	{ "54", CAROM_MALFORMED }, /* too large for it */
	{ "55", CAROM_RETRY },     /* object in use */
	{ "57", CAROM_RETRY },     /* shut down, cancelled */
	{ "58", CAROM_RETRY },     /* system error */
	{ "CA", CAROM_MALFORMED }, /* ours: the feed can't go on from such a cursor */
};

static CaromStatus
status_of(const char *sqlstate)
{
	if (sqlstate == NULL)
		return CAROM_RETRY;
	for (gsize i = 0; i < G_N_ELEMENTS(sqlstates); i++)
		if (strncmp(sqlstate, sqlstates[i].class, 2) == 0)
			return sqlstates[i].status;
	return CAROM_MISUSE;
}

char *
carom_failure_text(const char *message)
{
	g_autofree char *copy = g_strdup(message ? message : "");

	g_strdelimit(copy, "\r\n\t", ' ');
	return g_strdup(g_strstrip(copy));
}

CaromStatus
carom_failure_of_result(const PGconn *conn, const PGresult *result, const char *what, GError **err)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
	g_autofree char *text = carom_failure_text(primary ? primary : PQerrorMessage(conn));

	/* no such schema; and no such table, where one of ours is asked for by name */
	if (sqlstate != NULL &&
	    (strcmp(sqlstate, "3F000") == 0 ||
	     (strcmp(sqlstate, "42P01") == 0 && strstr(text, "carom.") != NULL)))
		return carom_status_fail(err, CAROM_MISUSE,
					 "%s: the database has no schema carom; run carom db init",
					 what);
	return carom_status_fail(err, status_of(sqlstate), hint ? "%s: %s. %s" : "%s: %s", what,
				 text, hint);
}

/* Where "SEVERITY:  SQLSTATE: " ends in a message of PQERRORS_VERBOSE, SQLSTATE being at *sqlstate;
 * NULL if there is none. The last one counts: of several hosts it was tried last. */
static const char *
find_sqlstate(const char *message, const char **sqlstate)
{
	const char *found = NULL;

	for (const char *p = message; (p = strstr(p, ":  ")) != NULL; p++) {
		const char *code = p + 3;

		if (strspn(code, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5 &&
		    strncmp(code + 5, ": ", 2) == 0) {
			*sqlstate = code;
			found = code + 7;
		}
	}
	return found;
}

CaromStatus
carom_failure_of_connecting(const PGconn *conn, GError **err)
{
	const char *message = PQerrorMessage(conn), *sqlstate = NULL;
	const char *rest = find_sqlstate(message, &sqlstate);
	g_autofree char *text = NULL;

	if (rest == NULL) {
		text = carom_failure_text(message);
		return carom_status_fail(err, CAROM_RETRY, "database: %s", text);
	}
	/* the first line: after it stand details for who develops the server */
	g_autofree char *said = g_strndup(message, (gsize) (sqlstate - message));
	g_autofree char *why = g_strndup(rest, strcspn(rest, "\n"));
	g_autofree char *both = g_strconcat(said, why, NULL);

	text = carom_failure_text(both);
	return carom_status_fail(err, status_of(sqlstate), "database: %s", text);
}
