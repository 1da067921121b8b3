/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * auth_results - which DKIM signatures an Authentication-Results field says hold
 *
 * RFC 8601 section 2.2, strictly: a field that is not well formed says nothing.
 * Verifiers put into it what the sender wrote (the signature's "i=", decoded;
 * the envelope sender), so a field may be well formed and still say what its
 * verifier did not. Hence a result counts only with the properties that RFC
 * 8601 section 2.7.1 gives it, each once, each of its own form, "i" within "d";
 * and if the results of one field differ in which properties they have, none
 * counts.
 */
#ifndef CAROM_AUTH_RESULTS_H
#define CAROM_AUTH_RESULTS_H

#include <glib.h>

/* Longer fields, and fields of more results, say nothing. */
#define CAROM_AUTH_RESULTS_MAX 4096
#define CAROM_AUTH_RESULTS_MAX_RESULTS 32

/*
 * Reads the field's unfolded value. TRUE: it is well formed; *id is who wrote
 * it (authserv-id; the caller's), and domains gets the "header.d" of each
 * "dkim=pass", in lower case (char *, theirs to free); *tells_of_dkim says
 * whether there is any result of DKIM, such as "dkim=none". FALSE: *id is NULL
 * and domains as it was.
 */
gboolean carom_auth_results_read(const char *value, char **id, GPtrArray *domains,
				 gboolean *tells_of_dkim);

#endif
