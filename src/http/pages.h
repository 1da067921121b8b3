/* SPDX-License-Identifier: BSD-2-Clause */
/* pages - carries the page for staff (desk/desk.h) over HTTP */
#ifndef CAROM_PAGES_H
#define CAROM_PAGES_H

#include "http/http.h"

/* Answers, always. Only on a unix socket that nobody but the web server opens: X-Remote-User is
 * believed. */
void carom_pages_answer(CaromDesk *desk, const CaromHttpRequest *request, CaromHttpResponse *out);

#endif
