/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "lists/story.h"

char *
carom_story_outcome(const CaromStoryEvent *event)
{
	static const char *const against[] = { "failed", "complained", "unsubscribed" };
	gboolean counts = FALSE;

	if (event->acted)
		return g_strdup("put on the list");
	for (gsize i = 0; i < G_N_ELEMENTS(against); i++)
		counts |= g_strcmp0(event->action, against[i]) == 0;
	if (!counts)
		return NULL;
	if (event->confidence == NULL || g_strcmp0(event->confidence, "guessed") == 0)
		return g_strdup("guessed, so nobody is suppressed");
	if (event->cause == NULL && event->repeated)
		return g_strdup("told before of the same mail: it counts once");
	if (event->cause == NULL)
		return g_strdup("does not count against the address");
	if (event->after == 0)
		return g_strdup("the policy never suppresses for this");
	if (event->days < event->after)
		return g_strdup_printf("%u of %u days within %u", event->days, event->after,
				       event->within_days);
	return g_strdup("nothing changed: it was on the list already");
}
