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

/* A row of policy, and what it wants. "" or NULL: for all; 0: none. */
typedef struct {
	const char *cause;
	const char *account, *stream, *provider, *status, *reply; /* for which it is made */
	guint after;                                              /* 0: it never suppresses */
	guint within_days;
	guint expires_days; /* 0: for good */
} CaromStoryPolicy;

/* "mailbox_full (provider gmail): after 5 days within 30, for 90 days". Caller's. */
char *carom_story_policy(const CaromStoryPolicy *policy);

/* What follows if an entry of that reason is taken off and the same happens again. Caller's. */
char *carom_story_again(const char *reason, guint after, guint within_days);

#endif
