/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "intake/evidence.h"
#include "base/network.h"
#include "base/text.h"
#include "mail/address.h"
#include "mail/address_normal.h"
#include "mail/auth_results.h"
#include "mail/received.h"

#include <string.h>

#define MAX_AUTHENTICATED 20
#define MAX_RECEIVED                                                                               \
	100 /* fields that are looked at; Postfix stops loops at 50 (hopcount_limit)               \
	     */

/* ---- who wrote a Received field ---- */

/* With no names configured, the host that wrote the report is the only one of ours. */
static gboolean
is_own_host(const CaromConfig *config, const char *host, const char *reporter)
{
	if (*config->own.hostnames != NULL)
		return carom_text_in_list(config->own.hostnames, host);
	return reporter != NULL && g_ascii_strcasecmp(host, reporter) == 0;
}

static gboolean
is_own_network(const CaromConfig *config, const char *address)
{
	return carom_network_has(config->own.networks, address);
}

/* TRUE for a client that hands in mail of ours: this host itself, a network of ours, a login. */
static gboolean
is_own_client(const CaromConfig *config, const CaromReceived *received)
{
	static char *const this_host[] = { (char *) "127.0.0.0/8", (char *) "::1/128", NULL };

	return received->is_authenticated || carom_network_has(this_host, received->client) ||
	       is_own_network(config, received->client);
}

static gboolean
is_named(const CaromField *field, const char *name)
{
	return g_ascii_strcasecmp(field->name, name) == 0;
}

/* TRUE if an outcome is about address. */
static gboolean
is_about(const CaromReport *report, const char *address)
{
	g_autofree char *plain = carom_address_normal(address, -1);

	for (guint i = 0; plain != NULL && i < report->outcomes->len; i++) {
		const CaromOutcome *outcome = report->outcomes->pdata[i];
		g_autofree char *final = carom_address_normal(outcome->final_recipient, -1);
		g_autofree char *original = carom_address_normal(outcome->original_recipient, -1);

		if (g_strcmp0(plain, final) == 0 || g_strcmp0(plain, original) == 0)
			return TRUE;
	}
	return plain == NULL;
}

/* ---- DSNs ---- */

static gboolean
has_null_sender(const CaromEnvelope *envelope)
{
	return envelope->sender == NULL || *envelope->sender == '\0' ||
	       carom_text_has_prefix(envelope->sender, "MAILER-DAEMON");
}

/* The field that this host wrote for the message as it lies in the queue now. */
static gboolean
is_of_queue(const CaromReceived *received, const char *queue_id)
{
	return queue_id == NULL || strcmp(received->id, queue_id) == 0;
}

/*
 * TRUE if bounce(8) of this host made the message: "by HOST (Postfix) id QUEUEID",
 * and no field of a way before that. Whatever local(8) sends on from an alias
 * has a Delivered-To below, also where header_checks took out the Received.
 */
static gboolean
is_made_here(const CaromConfig *config, const CaromEnvelope *envelope, const CaromMail *mail,
	     const CaromReport *report)
{
	gboolean found = FALSE;
	gsize n;
	const CaromField *fields = carom_fields_all(carom_mail_headers(mail), &n);

	for (gsize i = 0; i < n; i++) {
		g_auto(CaromReceived) received = { 0 };

		if (found &&
		    (is_named(&fields[i], "Received") || is_named(&fields[i], "Delivered-To")))
			return FALSE;
		if (!is_named(&fields[i], "Received"))
			continue;
		if (!carom_received_read(fields[i].value, &received) || received.client != NULL ||
		    received.is_local_user || !is_own_host(config, received.by, report->reporter) ||
		    !is_of_queue(&received, envelope->queue_id))
			return FALSE;
		found = TRUE;
	}
	return found;
}

/* TRUE if none of our hosts took the message from a stranger before a host of ours handed it on. */
static gboolean
came_by_own_hosts(const CaromConfig *config, const CaromMail *mail, const CaromReport *report)
{
	gsize n;
	const CaromField *fields = carom_fields_all(carom_mail_headers(mail), &n);

	for (gsize i = 0; i < n; i++) {
		g_auto(CaromReceived) received = { 0 };

		if (is_named(&fields[i], "Received") &&
		    carom_received_read(fields[i].value, &received) &&
		    is_own_host(config, received.by, report->reporter) && received.client != NULL &&
		    !is_own_client(config, &received))
			return FALSE;
	}
	return TRUE;
}

gboolean
carom_evidence_is_own_dsn(const CaromConfig *config, const CaromEnvelope *envelope,
			  const CaromMail *mail, const CaromReport *report)
{
	if (g_strcmp0(report->format, "rfc3464") != 0 || report->reporter == NULL ||
	    envelope->client_address == NULL || !has_null_sender(envelope) ||
	    !is_own_host(config, report->reporter, report->reporter))
		return FALSE;
	if (*envelope->client_address == '\0')
		return is_made_here(config, envelope, mail, report);
	return *config->own.hostnames != NULL && is_own_network(config, envelope->client_address) &&
	       came_by_own_hosts(config, mail, report);
}

/*
 * TRUE if a stranger may have handed in mail that list software of ours then
 * sent on: he wrote to the list, which is not whom the report is about.
 */
static gboolean
was_sent_on(const CaromReport *report, const CaromReceived *received)
{
	return received->recipient != NULL && !is_about(report, received->recipient);
}

/*
 * The topmost field has the queue id that the report tells, which nobody knew
 * while he wrote the message: so it is our own, and not what header_checks left
 * of a stranger's.
 */
static gboolean
is_handed_in(const CaromConfig *config, const CaromReport *report, const CaromReceived *top)
{
	return strcmp(top->id, report->returned_queue_id) == 0 &&
	       (top->is_local_user || (top->client != NULL && is_own_client(config, top)));
}

gboolean
carom_evidence_is_own_mail(const CaromConfig *config, const CaromEnvelope *envelope,
			   const CaromReport *report)
{
	/* an outbound host may run another mail server, which tells no queue id */
	gboolean wants_top = report->returned_queue_id != NULL ||
			     envelope->client_address == NULL || *envelope->client_address == '\0';
	guint seen = 0;
	gsize n;
	const CaromField *fields;

	if (report->returned_fields == NULL || report->is_probe ||
	    (wants_top && report->returned_queue_id == NULL))
		return FALSE;
	fields = carom_fields_all(report->returned_fields, &n);
	for (gsize i = 0; i < n && seen < MAX_RECEIVED; i++) {
		g_auto(CaromReceived) received = { 0 };
		gboolean ours;

		if (!is_named(&fields[i], "Received"))
			continue;
		ours = carom_received_read(fields[i].value, &received) &&
		       is_own_host(config, received.by, report->reporter);
		if (seen++ == 0 && wants_top) {
			if (!ours || !is_handed_in(config, report, &received))
				return FALSE;
			continue;
		}
		if (ours && received.client != NULL && !is_own_client(config, &received) &&
		    !was_sent_on(report, &received))
			return FALSE;
	}
	return seen > 0 || !wants_top;
}

/* ---- where it went out from ---- */

/* An address that others see us come from. */
static gboolean
is_public(const char *address)
{
	static char *const inside[] = { (char *) "0.0.0.0/8",
					(char *) "10.0.0.0/8",
					(char *) "100.64.0.0/10",
					(char *) "127.0.0.0/8",
					(char *) "169.254.0.0/16",
					(char *) "172.16.0.0/12",
					(char *) "192.168.0.0/16",
					(char *) "::1/128",
					(char *) "fc00::/7",
					(char *) "fe80::/10",
					NULL };

	return !carom_network_has(inside, address);
}

/*
 * The first address of ours in what stands before "by": the client, in whatever form
 * a mail server writes that. The caller's; NULL: there is none.
 */
static char *
own_client_in(const CaromConfig *config, const char *value)
{
	static const char digits[] = "0123456789abcdefABCDEF.:";
	const char *by = strstr(value, " by "), *end = by ? by : value + strlen(value);

	if (!carom_text_has_prefix(value, "from "))
		return NULL;
	for (const char *p = value; p < end;) {
		gsize n = strspn(p, digits);
		g_autofree char *address = NULL;

		if (n == 0) {
			p += carom_text_has_prefix(p, "IPv6:") ? strlen("IPv6:") : 1;
			continue;
		}
		address = g_strndup(p, n);
		if (n > 6 && is_own_network(config, address) && is_public(address))
			return g_steal_pointer(&address);
		p += n;
	}
	return NULL;
}

/* TRUE if a Received field was written by a host of ours. */
static gboolean
is_of_own_host(const CaromConfig *config, const char *value)
{
	const char *by = strstr(value, " by ");
	g_autofree char *host = NULL;

	if (by == NULL)
		return FALSE;
	by += strlen(" by ");
	host = g_strndup(by, strcspn(by, " \t;("));
	return carom_text_in_list(config->own.hostnames, host);
}

void
carom_evidence_read_source_ip(const CaromConfig *config, CaromReport *report)
{
	guint seen = 0;
	gsize n;
	const CaromField *fields;

	if (report->returned_fields == NULL || *config->own.networks == NULL)
		return;
	fields = carom_fields_all(report->returned_fields, &n);
	for (gsize i = 0; i < n && seen < MAX_RECEIVED; i++) {
		g_autofree char *address = NULL;

		if (!is_named(&fields[i], "Received"))
			continue;
		seen++;
		if (is_of_own_host(config, fields[i].value))
			return;
		address = own_client_in(config, fields[i].value);
		if (address != NULL) {
			report->returned.source_ip = carom_report_keep(report, address, -1, 45);
			return;
		}
	}
}

/* ---- Authentication-Results ---- */

static void
note_domains(CaromReport *report, const GPtrArray *domains)
{
	for (guint i = 0; i < domains->len && report->authenticated->len < MAX_AUTHENTICATED; i++) {
		g_autofree char *entry = g_strconcat("dkim:", domains->pdata[i], NULL);

		g_ptr_array_add(report->authenticated,
				(gpointer) carom_report_keep(report, entry, -1, 300));
	}
}

/* Reads one field. TRUE: one below it counts too, for this one is sound, and another's or silent on
 * DKIM. */
static gboolean
read_results(const CaromConfig *config, const char *value, CaromReport *report)
{
	g_autoptr(GPtrArray) domains = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *id = NULL;
	gboolean tells_of_dkim;

	if (!carom_auth_results_read(value, &id, domains, &tells_of_dkim))
		return FALSE;
	if (!carom_text_in_list(config->trust.authserv_ids, id))
		return TRUE;
	note_domains(report, domains);
	return !tells_of_dkim;
}

/*
 * Before the queue, Postfix shows a milter no Received of its own. What the
 * milters before us put in stands on top; of a run of such fields the first
 * that tells of signatures counts, for the next may be a stranger's.
 */
static void
read_top(const CaromConfig *config, const CaromField *fields, gsize n, CaromReport *report)
{
	for (gsize i = 0; i < n && is_named(&fields[i], "Authentication-Results"); i++)
		if (!read_results(config, fields[i].value, report))
			return;
}

/*
 * In the queue, what stands above the topmost Received was put in on this host:
 * a message brings nothing with it that gets there. If that field says that a
 * host of [own] networks handed the message on, what that host took it in with
 * counts in the same way.
 */
static void
read_above_received(const CaromConfig *config, const CaromEnvelope *envelope,
		    const CaromField *fields, gsize n, CaromReport *report)
{
	g_autoptr(GPtrArray) found = g_ptr_array_new();
	gboolean first = TRUE;

	for (gsize i = 0; i < n; i++) {
		g_auto(CaromReceived) received = { 0 };

		if (is_named(&fields[i], "Authentication-Results"))
			g_ptr_array_add(found, (gpointer) fields[i].value);
		if (!is_named(&fields[i], "Received"))
			continue;
		if (!carom_received_read(fields[i].value, &received) ||
		    (first && !is_of_queue(&received, envelope->queue_id)) ||
		    (*config->own.hostnames != NULL && !is_own_host(config, received.by, NULL)))
			return;
		for (guint k = 0; k < found->len; k++)
			read_results(config, found->pdata[k], report);
		g_ptr_array_set_size(found, 0);
		first = FALSE;
		if (received.client == NULL || !is_own_network(config, received.client))
			return;
	}
}

void
carom_evidence_read_authentication(const CaromConfig *config, const CaromEnvelope *envelope,
				   const CaromMail *mail, CaromReport *report)
{
	gsize n;
	const CaromField *fields = carom_fields_all(carom_mail_headers(mail), &n);

	/* whoever runs sendmail(1) writes any header he likes */
	if (envelope->client_address != NULL && *envelope->client_address == '\0')
		return;
	if (envelope->is_before_queue)
		read_top(config, fields, n, report);
	else
		read_above_received(config, envelope, fields, n, report);
}

gboolean
carom_evidence_is_signed_by(const CaromReport *report, const char *domain)
{
	for (guint i = 0; domain != NULL && i < report->authenticated->len; i++)
		if (g_ascii_strcasecmp((const char *) report->authenticated->pdata[i] +
					       strlen("dkim:"),
				       domain) == 0)
			return TRUE;
	return FALSE;
}

/* ---- complaints ---- */

static gboolean
is_in_one(char *const *domains, const char *domain)
{
	for (; *domains; domains++)
		if (carom_address_domain_is_within(domain, *domains))
			return TRUE;
	return FALSE;
}

/* The domain of an address in [senders]. */
static gboolean
is_sender_domain(const CaromConfig *config, const char *domain)
{
	GHashTableIter it;
	gpointer address;

	g_hash_table_iter_init(&it, config->senders);
	while (g_hash_table_iter_next(&it, &address, NULL))
		if (g_strcmp0(carom_address_domain(address), domain) == 0)
			return TRUE;
	return FALSE;
}

/* Ours are the bounce domains and what lies below them, the domain right above one ("example.com"
 * of "b.example.com"), those of [senders] and [own] domains. */
static gboolean
is_own_domain(const CaromConfig *config, const char *domain)
{
	if (is_in_one(config->own.domains, domain) || is_in_one(config->bounce.domains, domain) ||
	    is_sender_domain(config, domain))
		return TRUE;
	for (char *const *own = config->bounce.domains; *own; own++) {
		const char *dot = strchr(*own, '.');

		if (dot != NULL && strchr(dot + 1, '.') != NULL &&
		    g_ascii_strcasecmp(dot + 1, domain) == 0)
			return TRUE;
	}
	return FALSE;
}

gboolean
carom_evidence_complains_of_us(const CaromConfig *config, const CaromReport *report)
{
	const char *sender = carom_address_domain(report->feedback.mail_from);
	gboolean told = sender != NULL, reported = FALSE;

	if (sender != NULL && !is_own_domain(config, sender))
		return FALSE;
	for (guint i = 0; i < report->feedback.reported_domains->len; i++) {
		told = TRUE;
		reported |= is_own_domain(config, report->feedback.reported_domains->pdata[i]);
	}
	return told && (reported || report->feedback.reported_domains->len == 0);
}
