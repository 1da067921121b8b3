/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unsubscribe - one click, and no more of this mail (RFC 8058)
 *
 * POST does it, at once, without a cookie, a login or another question. GET shows
 * a page with one button and changes nothing, for scanners follow links. What the
 * token names, and whether it is ours, the database knows.
 */
#ifndef CAROM_UNSUBSCRIBE_H
#define CAROM_UNSUBSCRIBE_H

#include "http/http.h"

void carom_unsubscribe_answer(const CaromHttp *http, const CaromHttpRequest *request,
			      const char *token, CaromHttpResponse *out);

/* The number of the stream that a token names, unverified; 0: none, or that is no token. */
guint carom_unsubscribe_stream(const char *token);

/* Whether a body says List-Unsubscribe=One-Click, as a form of either kind. */
gboolean carom_unsubscribe_is_one_click(const char *body, gsize len);

/* Whether Indonesian is wanted sooner than English by an Accept-Language field, which may be NULL.
 */
gboolean carom_unsubscribe_is_indonesian(const char *language);

#endif
