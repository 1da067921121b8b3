/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inbound milter by its callbacks, as libmilter calls them: in the order of
 * SMTP, and in others. libmilter, the intake and the database are played here.
 */
#include "unit.h"

#include "fake_libmilter.h"
#include "serve/milter_inbound.h"
#include "store/addresses.h"

#include <arpa/inet.h>

static struct {
	guint taken;       /* messages, by the intake */
	char message[200]; /* the last */
	char recipient[100];
	CaromStatus intake, known;
	int snapshots; /* that are out */
} fake;

static CaromSnapshot snapshot;
static CaromMemoryBudget budget;
static const CaromDaemonIntake intake = { .budget = &budget };
static CaromMilterInbound role_daemon = { .intake = &intake };

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

CaromStore *
carom_pool_store(CaromPool *pool)
{
	return (CaromStore *) pool;
}

CaromStatus
carom_addresses_known(CaromStore *store, guint64 id, GError **err)
{
	(void) store;
	(void) id;
	return fake.known == CAROM_RETRY ? carom_status_fail(err, CAROM_RETRY, "away") : fake.known;
}

CaromStatus
carom_daemon_intake_take(const CaromDaemonIntake *where, const CaromEnvelope *envelope,
			 const CaromBytes *message, CaromReport **report, GError **err)
{
	assert_ptr_equal(where, &intake);
	assert_string_equal(envelope->queue_id, "4XkT2s1");
	fake.taken++;
	g_strlcpy(fake.recipient, envelope->recipient, sizeof fake.recipient);
	g_snprintf(fake.message, sizeof fake.message, "%.*s", (int) message->len,
		   message->data ? message->data : "");
	if (report != NULL)
		*report = NULL;
	return fake.intake == CAROM_OK ? CAROM_OK : carom_status_fail(err, fake.intake, "away");
}

static CaromConfig *
configuration(const char *more)
{
	g_autofree char *folder = unit_folder();
	g_autofree char *text = g_strconcat("[bounce]\ndomains = b.example.com\n", more, NULL);
	g_autofree char *file = unit_file(folder, "carom.conf", text);
	CaromConfig *config;

	assert_int_equal(carom_config_load(file, TRUE, &config, NULL), CAROM_OK);
	unit_remove(folder);
	return config;
}

static CaromKeyring *
keyring(void)
{
	g_autofree char *folder = unit_folder();
	g_autofree char *file = g_build_filename(folder, "keys", NULL);
	CaromKeyring *keys;
	char id;

	assert_int_equal(carom_keyring_new_key(file, &id, NULL), CAROM_OK);
	assert_int_equal(carom_keyring_load(file, &keys, NULL), CAROM_OK);
	unit_remove(folder);
	return keys;
}

static int
set_up_with(const char *settings)
{
	unsigned long steps;

	memset(&fake, 0, sizeof fake);
	snapshot.known = g_new0(CaromKnown, 1);
	snapshot.known->config = configuration(settings);
	snapshot.known->keys = keyring();
	steps = fake_libmilter_begin(&carom_milter_inbound, &role_daemon);
	assert_true(steps & SMFIP_NR_HDR);
	return 0;
}

static int
set_up(void **state)
{
	(void) state;
	return set_up_with("");
}

static int
set_up_marking(void **state)
{
	(void) state;
	return set_up_with("[inbound]\nafter = accept\nheaders = yes\n");
}

static int
tear_down(void **state)
{
	(void) state;
	fake_libmilter_end();
	assert_int_equal(fake.snapshots, 0);
	assert_int_equal(budget.held, 0);
	carom_keyring_free(snapshot.known->keys);
	carom_config_free(snapshot.known->config);
	g_free(snapshot.known);
	return 0;
}

/* Our signed address of so many days ago. The caller's. */
static char *
signed_days_ago(gint days)
{
	const CaromVerpSettings settings = { .keys = snapshot.known->keys,
					     .delimiters = "+",
					     .lifetime = 30 };
	char *address;

	assert_int_equal(carom_verp_write(&settings, "bounces@b.example.com", "ani@example.org", 0,
					  carom_verp_today() - days, &address, NULL),
			 CAROM_OK);
	return address;
}

static void
the_day_decides_whether_for_good_or_for_now(void **state)
{
	static const struct {
		const char *row;
		int days;
		const char *reply; /* "": taken */
	} rows[] = {
		{ "today", 0, "" },
		{ "a clock a day behind", -1, "" },
		{ "a clock two days behind", -2, "451 4.1.1 " },
		{ "a clock of years ago", -1000, "451 4.1.1 " },
		{ "the last day", 30, "" },
		{ "just expired, or a clock that is fast", 31, "451 4.1.1 " },
		{ "a clock that is fast by 32 days, an address of as many", 60, "451 4.1.1 " },
		{ "long expired", 61, "550 5.1.1 " },
		{ "years ago", 1000, "550 5.1.1 " },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *address = signed_days_ago(rows[i].days);
		sfsistat answer;

		mail("<>");
		answer = rcpt(address);
		row_true(rows[i].row, g_str_has_prefix(libmilter.reply, rows[i].reply));
		row_true(rows[i].row, (*libmilter.reply == '\0') == (*rows[i].reply == '\0'));
		row_int(rows[i].row, answer,
			*rows[i].reply == '\0'  ? SMFIS_CONTINUE
			: *rows[i].reply == '4' ? SMFIS_TEMPFAIL
						: SMFIS_REJECT);
	}
}

static void
a_forged_address_is_refused(void **state)
{
	g_autofree char *address = signed_days_ago(0);
	char *at = strchr(address, '@');

	(void) state;
	at[-1] = at[-1] == 'a' ? 'b' : 'a';
	mail("<>");
	assert_int_equal(rcpt(address), SMFIS_REJECT);
	assert_true(g_str_has_prefix(libmilter.reply, "550 5.1.1 "));
	assert_int_equal(rcpt("bounces@b.example.com"), SMFIS_CONTINUE);
}

static sfsistat
whole_message(void)
{
	assert_int_equal(milter.xxfi_data(context), SMFIS_CONTINUE);
	assert_int_equal(milter.xxfi_header(context, (char *) "Subject", (char *) " x"),
			 SMFIS_NOREPLY);
	assert_int_equal(milter.xxfi_eoh(context), SMFIS_NOREPLY);
	assert_int_equal(milter.xxfi_body(context, (unsigned char *) "hello", 5), SMFIS_NOREPLY);
	return milter.xxfi_eom(context);
}

static void
steps_without_answer_get_none(void **state)
{
	struct sockaddr_in client = { .sin_family = AF_INET };

	(void) state;
	assert_int_equal(milter.xxfi_connect(context, (char *) "mx", (_SOCK_ADDR *) &client),
			 SMFIS_NOREPLY);
	mail("<>");
	assert_int_equal(rcpt("bounces@b.example.com"), SMFIS_CONTINUE);
	assert_int_equal(whole_message(), SMFIS_DISCARD);
	assert_int_equal(fake.taken, 1);
	assert_string_equal(fake.message, "Subject: x\n\nhello");
	assert_string_equal(fake.recipient, "bounces@b.example.com");
	assert_int_equal(budget.held, 0);
}

static void
only_ours_is_taken(void **state)
{
	(void) state;
	mail("<>");
	assert_int_equal(rcpt("boss@partner.example"), SMFIS_CONTINUE);
	assert_int_equal(milter.xxfi_data(context), SMFIS_ACCEPT);
	mail("<>");
	assert_int_equal(rcpt("boss@partner.example"), SMFIS_CONTINUE);
	assert_int_equal(rcpt("bounces@b.example.com"), SMFIS_CONTINUE);
	assert_int_equal(whole_message(), SMFIS_ACCEPT);
	assert_string_equal(libmilter.changes->str, "delrcpt <bounces@b.example.com>\n");
}

static void
what_is_not_recorded_is_put_off(void **state)
{
	(void) state;
	fake.intake = CAROM_RETRY;
	mail("<>");
	assert_int_equal(rcpt("bounces@b.example.com"), SMFIS_CONTINUE);
	assert_int_equal(whole_message(), SMFIS_TEMPFAIL);
	assert_true(g_str_has_prefix(libmilter.reply, "451 4.3.0 "));
	budget.held = 64 * 1024 * 1024;
	snapshot.known->config->limits.bytes = 1000;
	mail("<>");
	assert_int_equal(rcpt("bounces@b.example.com"), SMFIS_CONTINUE);
	assert_int_equal(whole_message(), SMFIS_TEMPFAIL);
	assert_true(g_str_has_prefix(libmilter.reply, "452 4.3.1 "));
	budget.held = 0;
}

static sfsistat
step_mail(void)
{
	return mail("<>");
}
static sfsistat
step_rcpt(void)
{
	return rcpt("bounces@b.example.com");
}
static sfsistat
step_data(void)
{
	return milter.xxfi_data(context);
}
static sfsistat
step_header(void)
{
	return milter.xxfi_header(context, (char *) "X", (char *) " y");
}
static sfsistat
step_header_end(void)
{
	return milter.xxfi_eoh(context);
}
static sfsistat
step_body(void)
{
	return milter.xxfi_body(context, (unsigned char *) "z", 1);
}
static sfsistat
step_end(void)
{
	return milter.xxfi_eom(context);
}
static sfsistat
step_abort(void)
{
	return milter.xxfi_abort(context);
}
static sfsistat
step_close(void)
{
	return milter.xxfi_close(context);
}

/* Every order of four steps; what is not preceded by MAIL is put off or goes on, and nothing of it
 * is recorded. */
static void
any_order_is_borne(void **state)
{
	static sfsistat (*const steps[])(void) = { step_mail,   step_rcpt,       step_data,
						   step_header, step_header_end, step_body,
						   step_end,    step_abort,      step_close };
	const gsize n = G_N_ELEMENTS(steps);

	(void) state;
	for (gsize i = 0; i < n * n * n * n; i++) {
		gsize left = i;

		for (int s = 0; s < 4; s++, left /= n)
			(void) steps[left % n]();
		milter.xxfi_close(context);
		assert_int_equal(fake.snapshots, 0);
	}
	fake.taken = 0;
	assert_int_equal(step_rcpt(), SMFIS_TEMPFAIL);
	assert_int_equal(step_data(), SMFIS_TEMPFAIL);
	assert_int_equal(step_end(), SMFIS_TEMPFAIL);
	step_mail();
	step_abort();
	assert_int_equal(step_rcpt(), SMFIS_TEMPFAIL);
	assert_int_equal(fake.taken, 0);
}

static void
marks_are_asked_for_where_they_are_wanted(void **state)
{
	(void) state;
	mail("<>");
	assert_int_equal(rcpt("boss@partner.example"), SMFIS_CONTINUE);
	assert_int_equal(milter.xxfi_data(context), SMFIS_CONTINUE);
	assert_int_equal(step_header(), SMFIS_NOREPLY);
	assert_int_equal(milter.xxfi_eoh(context), SMFIS_ACCEPT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

UNIT_MAIN(TEST(the_day_decides_whether_for_good_or_for_now), TEST(a_forged_address_is_refused),
	  TEST(steps_without_answer_get_none), TEST(only_ours_is_taken),
	  TEST(what_is_not_recorded_is_put_off), TEST(any_order_is_borne),
	  cmocka_unit_test_setup_teardown(marks_are_asked_for_where_they_are_wanted, set_up_marking,
					  tear_down))
