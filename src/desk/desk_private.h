/* SPDX-License-Identifier: BSD-2-Clause */
/* desk_private - what desk.c and frame.c know of each other */
#ifndef CAROM_DESK_PRIVATE_H
#define CAROM_DESK_PRIVATE_H

#include "desk/screen.h"
#include "desk/token.h"

#define CAROM_DESK_LANGS 2

struct CaromDesk {
	CaromStore *store;
	CaromKnowledge *knowledge;
	CaromAdvice *advice[CAROM_DESK_LANGS]; /* English, Indonesian */
	CaromTokenKey key;
	gboolean allow_http; /* of [webhooks] */
};

/* Ends the page and hands it over. */
void carom_desk_end(CaromDeskPage *page, CaromDeskAnswer *out);

#endif
