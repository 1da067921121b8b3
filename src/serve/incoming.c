/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "serve/incoming.h"

#include <string.h>

#define FIRST_ALLOCATION 4096

void
carom_incoming_clear(CaromIncoming *incoming)
{
	if (incoming->budget != NULL)
		carom_memory_budget_leave(incoming->budget, &incoming->held);
	g_free(incoming->data);
	*incoming = (CaromIncoming){ .budget = incoming->budget };
}

void
carom_incoming_begin(CaromIncoming *incoming, CaromMemoryBudget *budget, gsize max)
{
	carom_incoming_clear(incoming);
	incoming->budget = budget;
	incoming->max = max;
}

/* Room for len bytes. FALSE: there is none. */
static gboolean
make_room(CaromIncoming *incoming, gsize len)
{
	gsize wanted = MAX(incoming->allocated, FIRST_ALLOCATION);
	char *data;

	if (!carom_memory_budget_take(incoming->budget, &incoming->held, len, incoming->max))
		return FALSE;
	if (len <= incoming->allocated)
		return TRUE;
	while (wanted < len)
		wanted *= 2;
	wanted = MIN(wanted, incoming->max);
	data = g_try_realloc(incoming->data, wanted);
	if (data == NULL)
		return FALSE;
	incoming->data = data;
	incoming->allocated = wanted;
	return TRUE;
}

/* What was kept goes; what was counted stays. */
static void
drop(CaromIncoming *incoming)
{
	gsize size = incoming->size, max = incoming->max;

	carom_incoming_clear(incoming);
	incoming->size = size;
	incoming->max = max;
	incoming->crowded = TRUE;
}

void
carom_incoming_add(CaromIncoming *incoming, const char *bytes, gsize n)
{
	incoming->size += n;
	if (incoming->crowded || incoming->len >= incoming->max)
		return;
	n = MIN(n, incoming->max - incoming->len);
	if (!make_room(incoming, incoming->len + n)) {
		drop(incoming);
		return;
	}
	memcpy(incoming->data + incoming->len, bytes, n);
	incoming->len += n;
}
