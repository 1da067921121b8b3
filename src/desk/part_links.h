/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * part_links - where the tables of the report lead on the page for staff
 *
 * The report names a command as the next step. On the page a provider, a stream, a
 * category or a blocklist leads to the screen that shows it, and so does the step.
 */
#ifndef CAROM_PART_LINKS_H
#define CAROM_PART_LINKS_H

#include "desk/screen.h"

/* What they are made of; all of it is borrowed. */
typedef struct {
	const CaromDeskPage *page;
	const CaromSpan *span; /* the days that are shown */
} CaromPartLinks;

/* The links of a page that shows these days. They borrow of. */
CaromRenderLinks carom_part_links(const CaromPartLinks *of);

#endif
