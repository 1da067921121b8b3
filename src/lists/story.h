/* SPDX-License-Identifier: BSD-2-Clause */
/* story - why something that came in about an address did, or did not, put it on a list */
#ifndef CAROM_STORY_H
#define CAROM_STORY_H

#include <glib.h>

/* What an event says of itself, and of the policy that it meets. NULL or 0: unknown, none. */
typedef struct {
	const char *action, *confidence;
	const char *cause; /* row of policy that may apply */
	gboolean repeated; /* the same was told of this mail before */
	gboolean acted;    /* it changed a list */
	guint after;       /* days that the policy wants; 0: it never suppresses for this */
	guint within_days;
	guint days; /* that there were, up to this one */
} CaromStoryEvent;

/* What followed from it, in a few words; NULL where nothing could. Caller's. */
char *carom_story_outcome(const CaromStoryEvent *event);

#endif
