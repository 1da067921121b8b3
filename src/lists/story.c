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

static void
append_condition(GString *out, const char *name, const char *value)
{
	if (value != NULL && *value != '\0')
		g_string_append_printf(out, "%s%s %s", out->len ? ", " : "", name, value);
}

char *
carom_story_policy(const CaromStoryPolicy *p)
{
	g_autoptr(GString) conditions = g_string_new(NULL);
	GString *out = g_string_new(p->cause);

	append_condition(conditions, "account", p->account);
	append_condition(conditions, "stream", p->stream);
	append_condition(conditions, "provider", p->provider);
	append_condition(conditions, "status", p->status);
	append_condition(conditions, "reply", p->reply);
	if (conditions->len > 0)
		g_string_append_printf(out, " (%s)", conditions->str);
	if (p->after == 0)
		g_string_append(out, ": never suppresses");
	else if (p->after == 1)
		g_string_append(out, ": at once");
	else
		g_string_append_printf(out, ": after %u days within %u", p->after, p->within_days);
	if (p->after > 0 && p->expires_days > 0)
		g_string_append_printf(out, ", for %u days", p->expires_days);
	else if (p->after > 0)
		g_string_append(out, ", for good");
	return g_string_free(out, FALSE);
}

char *
carom_story_again(const char *reason, guint after, guint within_days)
{
	if (after == 0)
		return g_strdup("nothing puts it on the list again by itself");
	if (after == 1)
		return g_strdup_printf("the next %s puts it on the list again", reason);
	return g_strdup_printf("%u days of %s within %u put it on the list again, counted anew",
			       after, reason, within_days);
}
