/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * incoming - one message while it comes in, within three bounds
 *
 * No more of it is kept than [limits] says. All sessions of the daemon together
 * keep no more than the memory budget. And where the system has no memory left,
 * that is found out here, for GLib would end the process. A message that finds
 * no room is dropped, and counted to its end: the client still has it.
 */
#ifndef CAROM_INCOMING_H
#define CAROM_INCOMING_H

#include "base/memory_budget.h"

typedef struct {
	CaromMemoryBudget *budget; /* borrowed */
	gsize max;                 /* bytes that are kept at most */
	char *data;                /* len bytes; NULL if none */
	gsize len, allocated;
	gsize size;       /* of the whole message so far */
	gsize held;       /* of the budget */
	gboolean crowded; /* there was no room for it: nothing of it is kept */
} CaromIncoming;

/* A message of which at most max bytes are to be kept. What was kept before is forgotten. */
void carom_incoming_begin(CaromIncoming *incoming, CaromMemoryBudget *budget, gsize max);

/* n more bytes of the message. */
void carom_incoming_add(CaromIncoming *incoming, const char *bytes, gsize n);

/* Keeps nothing any more and leaves the budget. What is all zero may be cleared too. */
void carom_incoming_clear(CaromIncoming *incoming);

#endif
