/* SPDX-License-Identifier: BSD-2-Clause */
/* The outbound milter by its callbacks; libmilter and the guard are played here. */
#include "unit.h"

#include "fake_libmilter.h"
#include "serve/milter_outbound.h"

#include <arpa/inet.h>

/* What the guard knows. */
static struct {
	const char *suppressed; /* an address; */
	const char *account;    /* in this account; NULL: in all */
	gboolean away;
	guint counted;
	char scope[100], campaign[200]; /* of the last counted */
	int snapshots;                  /* that are out */
} fake;

static CaromSnapshot snapshot;

CaromSnapshot *
carom_snapshots_get(CaromSnapshots *snapshots)
{
	(void) snapshots;
	fake.snapshots++;
	return &snapshot;
}

void
carom_snapshot_unref(CaromSnapshot *given_back)
{
	fake.snapshots -= given_back != NULL;
}

CaromStatus
carom_guard_suppressed(CaromGuard *guard, const char *address, const char *account,
		       const char *stream, char **reason, GError **err)
{
	assert_ptr_equal(guard, &fake);
	(void) stream;
	*reason = NULL;
	if (fake.away)
		return carom_status_fail(err, CAROM_RETRY, "away");
	if (g_strcmp0(address, fake.suppressed) != 0 ||
	    (fake.account != NULL && strcmp(fake.account, account) != 0))
		return CAROM_ABSENT;
	*reason = g_strdup("test 100%");
	return CAROM_OK;
}

void
carom_guard_count(CaromGuard *guard, const CaromCounted *what)
{
	(void) guard;
	fake.counted++;
	g_snprintf(fake.scope, sizeof fake.scope, "%s/%s", what->account, what->stream);
	g_snprintf(fake.campaign, sizeof fake.campaign, "%s %s from %s",
		   what->feedback_id ? what->feedback_id : "-", what->list_id ? what->list_id : "-",
		   what->ip);
}

CaromStatus
carom_guard_address_id(CaromGuard *guard, const char *address, const char *account, guint64 *id,
		       GError **err)
{
	(void) guard;
	(void) address;
	(void) account;
	(void) err;
	*id = 4711;
	return CAROM_OK;
}

CaromStatus
carom_guard_stream_number(CaromGuard *guard, const CaromConfig *config, const char *account,
			  const char *stream, guint *number, GError **err)
{
	(void) guard;
	(void) config;
	(void) account;
	(void) stream;
	(void) err;
	*number = 0;
	return CAROM_OK;
}

static int
set_up_with(const char *settings)
{
	g_autofree char *folder = unit_folder();
	g_autofree char *keys = g_build_filename(folder, "keys", NULL);
	g_autofree char *text = g_strdup_printf(
		"[bounce]\ndomains = b.example.com\nkeys = %s\n"
		"[outbound]\nreturn-address = bounces@b.example.com\n%s\n"
		"[senders]\nnews@b.example.com = acme/news\n[logins]\nshop = shop/receipts\n",
		keys, settings);
	g_autofree char *file = unit_file(folder, "carom.conf", text);
	CaromConfig *config;
	char id;

	memset(&fake, 0, sizeof fake);
	assert_int_equal(carom_keyring_new_key(keys, &id, NULL), CAROM_OK);
	assert_int_equal(carom_config_load(file, TRUE, &config, NULL), CAROM_OK);
	assert_int_equal(carom_known_load(config, &snapshot.known, NULL), CAROM_OK);
	unit_remove(folder);
	fake_libmilter_begin(&carom_milter_outbound, &fake);
	return 0;
}

static int
set_up(void **state)
{
	(void) state;
	return set_up_with("when-away = closed");
}

static int
set_up_open(void **state)
{
	(void) state;
	return set_up_with("when-away = open");
}

static int
set_up_header(void **state)
{
	(void) state;
	return set_up_with("account-header = X-Account\n"
			   "account-header-networks = 192.0.2.0/24\nwhen-away = closed");
}

static int
set_up_addresses(void **state)
{
	(void) state;
	return set_up_with("sending-ip = 192.0.2.7\n[sending-ips]\nacme/News = 192.0.2.8");
}

static int
tear_down(void **state)
{
	(void) state;
	fake_libmilter_end();
	assert_int_equal(fake.snapshots, 0);
	g_clear_pointer(&snapshot.known, carom_known_free);
	return 0;
}

static void
a_suppressed_recipient_is_refused_alone(void **state)
{
	(void) state;
	fake.suppressed = "ani@example.org";
	mail("<news@b.example.com>");
	assert_int_equal(rcpt("ani@example.org"), SMFIS_REJECT);
	assert_string_equal(libmilter.reply, "550 5.7.1 ani@example.org is suppressed: test 100%%");
	assert_int_equal(rcpt("budi@example.org"), SMFIS_CONTINUE);
	libmilter.rewritten = "ani@example.org";
	assert_int_equal(rcpt("example.org!ani"), SMFIS_REJECT);
	libmilter.rewritten = NULL;
	assert_int_equal(milter.xxfi_eom(context), SMFIS_ACCEPT);
	assert_int_equal(fake.counted, 1);
	assert_string_equal(fake.scope, "acme/news");
}

static void
while_nobody_can_say_closed_puts_off(void **state)
{
	(void) state;
	fake.away = TRUE;
	mail("<news@b.example.com>");
	assert_int_equal(rcpt("ani@example.org"), SMFIS_TEMPFAIL);
	assert_true(g_str_has_prefix(libmilter.reply, "451 4.3.0 "));
}

static void
while_nobody_can_say_open_lets_through(void **state)
{
	(void) state;
	fake.away = TRUE;
	mail("<news@b.example.com>");
	assert_int_equal(rcpt("ani@example.org"), SMFIS_CONTINUE);
}

static void
one_recipient_gets_a_signed_return_address(void **state)
{
	(void) state;
	libmilter.login = "shop";
	mail("<news@b.example.com>");
	assert_int_equal(rcpt("ani@example.org"), SMFIS_CONTINUE);
	assert_int_equal(milter.xxfi_eom(context), SMFIS_ACCEPT);
	assert_true(g_str_has_prefix(libmilter.changes->str, "chgfrom <bounces+ani=example.org+"));
	assert_non_null(strstr(libmilter.changes->str, "\naddheader X-Carom-Token bounces+ani"));
	assert_string_equal(fake.scope, "shop/receipts");
	g_string_truncate(libmilter.changes, 0);
	mail("<news@b.example.com>");
	rcpt("ani@example.org");
	rcpt("budi@example.org");
	assert_int_equal(milter.xxfi_eom(context), SMFIS_ACCEPT);
	assert_string_equal(libmilter.changes->str, "");
	assert_int_equal(fake.counted, 3);
}

static void
connect_from(const char *address)
{
	struct sockaddr_in client = { .sin_family = AF_INET };

	inet_pton(AF_INET, address, &client.sin_addr);
	assert_int_equal(
		milter.xxfi_connect(context, (char *) "client", (_SOCK_ADDR *) (void *) &client),
		SMFIS_NOREPLY);
}

static void
header(const char *name, const char *value)
{
	assert_int_equal(milter.xxfi_header(context, (char *) name, (char *) value), SMFIS_NOREPLY);
}

static void
mail_is_counted_by_campaign_and_address(void **state)
{
	(void) state;
	mail("<news@b.example.com>");
	rcpt("ani@example.org");
	header("feedback-id", " summer:\r\n acme:news:s1");
	header("Feedback-ID", "another");
	header("List-Id", "News <news.example.com>");
	assert_int_equal(milter.xxfi_eom(context), SMFIS_ACCEPT);
	assert_string_equal(fake.campaign,
			    "summer: acme:news:s1 News <news.example.com> from 192.0.2.8");
	libmilter.login = "shop";
	mail("<news@b.example.com>");
	rcpt("ani@example.org");
	assert_int_equal(milter.xxfi_eom(context), SMFIS_ACCEPT);
	assert_string_equal(fake.campaign, "- - from 192.0.2.7");
}

static void
a_trusted_header_names_the_account(void **state)
{
	(void) state;
	fake.suppressed = "ani@example.org";
	fake.account = "zeta";
	connect_from("192.0.2.7");
	mail("<news@b.example.com>");
	assert_int_equal(rcpt("ani@example.org"), SMFIS_CONTINUE);
	assert_int_equal(rcpt("budi@example.org"), SMFIS_CONTINUE);
	header("x-account", " zeta/news");
	assert_int_equal(milter.xxfi_eom(context), SMFIS_ACCEPT);
	assert_true(g_str_has_prefix(libmilter.changes->str,
				     "delrcpt <ani@example.org>\nchgheader X-Account\n"));
	assert_string_equal(fake.scope, "zeta/news");
	mail("<news@b.example.com>");
	rcpt("ani@example.org");
	header("X-Account", "zeta");
	assert_int_equal(milter.xxfi_eom(context), SMFIS_REJECT);
	mail("<news@b.example.com>");
	rcpt("budi@example.org");
	header("X-Account", "zeta");
	header("X-Account", "acme");
	assert_int_equal(milter.xxfi_eom(context), SMFIS_REJECT);
	assert_non_null(strstr(libmilter.reply, "X-Account"));
}

static void
a_stranger_s_header_names_nothing(void **state)
{
	(void) state;
	connect_from("198.51.100.7");
	mail("<news@b.example.com>");
	rcpt("budi@example.org");
	header("X-Account", "zeta");
	assert_int_equal(milter.xxfi_eom(context), SMFIS_ACCEPT);
	assert_string_equal(fake.scope, "acme/news");
	assert_true(g_str_has_prefix(libmilter.changes->str, "chgheader X-Account\n"));
}

static void
nothing_happens_without_a_message(void **state)
{
	(void) state;
	assert_int_equal(rcpt("ani@example.org"), SMFIS_TEMPFAIL);
	assert_int_equal(milter.xxfi_eom(context), SMFIS_TEMPFAIL);
	mail("<news@b.example.com>");
	assert_int_equal(milter.xxfi_abort(context), SMFIS_CONTINUE);
	assert_int_equal(rcpt("ani@example.org"), SMFIS_TEMPFAIL);
	header("X-Account", "acme");
	assert_int_equal(milter.xxfi_eom(context), SMFIS_TEMPFAIL);
	assert_int_equal(fake.counted, 0);
}

/* The last test: what is shut stays shut. */
static void
a_daemon_that_ends_takes_nothing_new(void **state)
{
	(void) state;
	mail("<news@b.example.com>");
	carom_milter_session_drain(CAROM_DEADLINE_PASSED);
	assert_int_equal(rcpt("budi@example.org"), SMFIS_CONTINUE); /* it is under way */
	assert_int_equal(milter.xxfi_eom(context), SMFIS_ACCEPT);
	carom_milter_session_drain(CAROM_DEADLINE_NEVER); /* nothing is under way */
	assert_int_equal(mail("<news@b.example.com>"), SMFIS_TEMPFAIL);
	milter.xxfi_close(context);
	carom_milter_session_shut();
	assert_int_equal(mail("<news@b.example.com>"), SMFIS_TEMPFAIL);
	assert_int_equal(fake.counted, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

UNIT_MAIN(TEST(a_suppressed_recipient_is_refused_alone), TEST(while_nobody_can_say_closed_puts_off),
	  cmocka_unit_test_setup_teardown(while_nobody_can_say_open_lets_through, set_up_open,
					  tear_down),
	  TEST(one_recipient_gets_a_signed_return_address),
	  cmocka_unit_test_setup_teardown(a_trusted_header_names_the_account, set_up_header,
					  tear_down),
	  cmocka_unit_test_setup_teardown(a_stranger_s_header_names_nothing, set_up_header,
					  tear_down),
	  cmocka_unit_test_setup_teardown(nothing_happens_without_a_message, set_up_header,
					  tear_down),
	  cmocka_unit_test_setup_teardown(mail_is_counted_by_campaign_and_address, set_up_addresses,
					  tear_down),
	  TEST(a_daemon_that_ends_takes_nothing_new))
