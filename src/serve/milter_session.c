/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "serve/milter_session.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <string.h>

void
carom_milter_session_init(CaromMilterSession *session)
{
	session->ours = g_ptr_array_new_with_free_func(g_free);
}

void
carom_milter_session_reset(CaromMilterSession *session)
{
	g_clear_pointer(&session->snapshot, carom_snapshot_unref);
	g_clear_pointer(&session->sender, g_free);
	g_ptr_array_set_size(session->ours, 0);
}

void
carom_milter_session_clear(CaromMilterSession *session)
{
	carom_milter_session_reset(session);
	g_ptr_array_free(session->ours, TRUE);
}

void
carom_milter_session_connect(CaromMilterSession *session, const _SOCK_ADDR *address)
{
	session->client[0] = '\0'; /* XCLIENT makes a connection another client's */
	if (address != NULL && address->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *) (const void *) address)->sin_addr,
			  session->client, sizeof session->client);
	else if (address != NULL && address->sa_family == AF_INET6)
		inet_ntop(AF_INET6,
			  &((const struct sockaddr_in6 *) (const void *) address)->sin6_addr,
			  session->client, sizeof session->client);
}

void
carom_milter_session_begin(CaromMilterSession *session, CaromSnapshots *snapshots, char **argv)
{
	session->sender = carom_milter_session_path(argv[0]);
	session->snapshot = carom_snapshots_get(snapshots);
}

char *
carom_milter_session_path(const char *path)
{
	gsize n = strlen(path);

	return n >= 2 && path[0] == '<' && path[n - 1] == '>' ? g_strndup(path + 1, n - 2)
							      : g_strdup(path);
}

gboolean
carom_milter_session_remove(SMFICTX *ctx, const char *address)
{
	g_autofree char *path = g_strdup_printf("<%s>", address);

	return smfi_delrcpt(ctx, path) == MI_SUCCESS;
}

CaromVerpSettings
carom_milter_session_verp(const CaromMilterSession *session)
{
	const CaromSnapshot *snapshot = session->snapshot;

	return (CaromVerpSettings){ .keys = snapshot->known->keys,
				    .delimiters = snapshot->known->config->bounce.delimiters,
				    .domains = snapshot->known->config->bounce.domains,
				    .lifetime = snapshot->known->config->bounce.lifetime,
				    .senders = snapshot->known->config->senders };
}

/* What may stand in an SMTP reply: '%' is libmilter's, the rest is printable already. Caller's. */
static char *
reply_text(const char *text)
{
	g_autofree char *printable = carom_text_printable(text, 300);
	g_auto(GStrv) parts = g_strsplit(printable, "%", -1);

	for (char *p = printable; *p; p++)
		if ((guchar) *p >= 0x80)
			return g_strdup("see the log of carom");
	return g_strjoinv("%%", parts);
}

sfsistat
carom_milter_session_refuse(SMFICTX *ctx, const char *code, const char *status, const char *text)
{
	g_autofree char *safe = reply_text(text);

	smfi_setreply(ctx, (char *) code, (char *) status, safe);
	return *code == '5' ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}

sfsistat
carom_milter_session_negotiate(unsigned long f0, unsigned long f1, unsigned long wanted,
			       unsigned long *pf0, unsigned long *pf1, unsigned long *pf2,
			       unsigned long *pf3)
{
	*pf0 = f0 & (SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_DELRCPT | SMFIF_CHGFROM);
	*pf1 = f1 & wanted;
	*pf2 = *pf3 = 0;
	return SMFIS_CONTINUE;
}
