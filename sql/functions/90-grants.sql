-- SPDX-License-Identifier: BSD-2-Clause
-- carom - who may do what
--
-- carom_writer calls functions, reads no table, and asks about one address at a
-- time; carom_outbound, for the daemon that keeps the list in memory, reads all
-- addresses on it as well and records nothing; carom_sender, for whoever sends
-- mail, only makes return addresses and asks; carom_feed, for applications, reads
-- the feed; carom_api, for the HTTP API, only calls functions that want a key.
-- carom_webhooks, for the sender, only takes what is to be sent, with what it is signed with.
-- carom_staff reads all but the raw messages and changes the suppression list by its functions. Whoever
-- owns the schema does the rest. Everything else is taken away first, for a
-- function belongs to everybody when it is made.

REVOKE ALL ON ALL ROUTINES IN SCHEMA carom FROM PUBLIC, carom_writer, carom_outbound, carom_staff, carom_sender, carom_feed, carom_api, carom_webhooks;
REVOKE ALL ON ALL TABLES IN SCHEMA carom FROM PUBLIC, carom_writer, carom_outbound, carom_staff, carom_sender, carom_feed, carom_api, carom_webhooks;

GRANT USAGE ON SCHEMA carom TO carom_writer, carom_outbound, carom_staff, carom_sender, carom_feed, carom_api, carom_webhooks;
GRANT EXECUTE ON FUNCTION
	carom.verp(text, text, int, text, date),
	carom.verp_token(text, int, text, date)
	TO carom_writer, carom_sender;
GRANT SELECT ON carom.tally_day, carom.cohort TO carom_staff;
GRANT SELECT ON carom.delivered TO carom_staff;
GRANT EXECUTE ON FUNCTION carom.note_deliveries(text[], bigint[]) TO carom_writer, carom_staff;
GRANT SELECT ON carom.named, carom.named_day, carom.named_volume, carom.named_daily TO carom_staff;
GRANT EXECUTE ON FUNCTION
	carom.report_named(date, date, text, text, text, text),
	carom._named_all(date, date, text, text, text),
	carom._named_daily(date, date, text, text, text),
	carom._campaign(text, text)
	TO carom_staff;
GRANT EXECUTE ON FUNCTION carom.stream_number(text, text) TO carom_outbound, carom_sender;
GRANT EXECUTE ON FUNCTION carom.suppressed(text, text, text) TO carom_sender;
GRANT SELECT ON carom.schema_version TO carom_writer, carom_outbound, carom_staff;
GRANT EXECUTE ON FUNCTION
	carom.normalise(text),
	carom._normalise(text),
	carom.setting(text),
	carom.day(timestamptz),
	carom.suppressed(text, text, text),
	carom.suppressions_of(text)
	TO carom_writer, carom_outbound, carom_staff;
GRANT EXECUTE ON FUNCTION carom.suppressions(text, text), carom.suppressions_stopping(text, text), carom.stops_transactional(carom.suppression)
	TO carom_staff;

GRANT EXECUTE ON FUNCTION
	carom.record(jsonb, bytea),
	carom.record_many(jsonb[], bytea[]),
	carom.record_home(int, jsonb[], bytea[]),
	carom.split(jsonb[], bytea[]),
	carom.address_id(text, text),
	carom.address_known(bigint),
	carom.remember_sent(text, text, text, text, date, int),
	carom.add_volume(date, text, text, text, bigint),
	carom.add_volumes(uuid, jsonb)
	TO carom_writer;
GRANT EXECUTE ON FUNCTION
	carom.suppressed_addresses(text, int),
	carom.feed_number(int),
	carom.feed_head(),
	carom.list_changes(text, int),
	carom.forgotten_filter(),
	carom.mailbox_state(),
	carom.mailbox_rules(),
	carom.suppressed_mailboxes(text, int),
	carom.address_id(text, text),
	carom.add_volumes(uuid, jsonb)
	TO carom_outbound;

GRANT EXECUTE ON FUNCTION
	carom.api_health(),
	carom.feed_number(int),
	carom.api_unsubscribe(text, text, text, boolean),
	carom.api_events(text, text, text, text, int),
	carom.api_check(text, text, jsonb, text, text),
	carom.api_list(text, text, text, text, text, text, text, text, text, timestamptz, timestamptz, timestamptz, int, text[]),
	carom.api_export(text, text, text, text, text, int, text[]),
	carom.api_get(text, text, text, text, text),
	carom.api_put(text, text, text, text, text, text, text, timestamptz),
	carom.api_delete(text, text, text, text, text, text),
	carom.api_log(text, text, text, int, text[]),
	carom.api_address(text, text, text),
	carom.api_undo(text, text, text, timestamptz, timestamptz, text, text, text, text, boolean),
	carom.api_report(text, text, text, date, date, text, text)
	TO carom_api;

-- and for staff
GRANT EXECUTE ON FUNCTION
	carom.api_incidents(text, text, text, int, text[]),
	carom.api_incident(text, text, bigint),
	carom.api_close_incident(text, text, text, bigint, text),
	carom.api_policies(text, text, text, text, text),
	carom.api_set_policy(text, text, text, text, text, text, text, text, int, int, int, text, boolean, text),
	carom.api_unset_policy(text, text, text, text, text, text, text, text, text),
	carom.api_try_policy(text, text, date, text, text, text, text, text, text, int, int, int, text, boolean),
	carom.api_list_keys(text, text),
	carom.api_import_begin(text, text),
	carom.api_import_merge(text, text, text, text, boolean)
	TO carom_api;

-- the dialects of others
GRANT EXECUTE ON FUNCTION
	carom.api_sparkpost_list(text, text, text, timestamptz, timestamptz, text, text, text, text, boolean, text[], int, int, int, text, text),
	carom.api_sparkpost_summary(text, text, text),
	carom.api_sparkpost_get(text, text, text, text, text, text),
	carom.api_sparkpost_put(text, text, text, jsonb),
	carom.api_sparkpost_put_one(text, text, text, text, text, boolean, boolean, text, text),
	carom.api_sparkpost_delete(text, text, text, text, text, text),
	carom.api_sparkpost_events(text, text, text, timestamptz, timestamptz, text[], int, text, text, text, text, text, text),
	carom.api_sendgrid_list(text, text, text, text, bigint, bigint, int, int, text),
	carom.api_sendgrid_get(text, text, text, text, text),
	carom.api_sendgrid_delete(text, text, text, text, text, jsonb, boolean),
	carom.api_sendgrid_add(text, text, text, int, jsonb),
	carom.api_sendgrid_add_global(text, text, text, jsonb),
	carom.api_sendgrid_groups(text, text, text, int),
	carom.api_sendgrid_group(text, text, text, int),
	carom.api_sendgrid_members(text, text, text, int, jsonb),
	carom.api_sendgrid_leave(text, text, text, int, text),
	carom.api_sendgrid_all(text, text, text),
	carom.api_sendgrid_groups_of(text, text, text, text),
	carom.api_sendgrid_make_group(text, text, text, text, text, boolean)
	TO carom_api;
GRANT EXECUTE ON FUNCTION
	carom.api_key_add(text, bytea, text[], text[], text[], timestamptz, text, text),
	carom.api_key_revoke(text),
	carom.api_keys()
	TO carom_staff;

GRANT SELECT ON
	carom.report, carom.event, carom.suppression, carom.suppression_log, carom.policy, carom.policy_log, carom.category, carom.tally,
	carom.volume, carom.volume_batch, carom.duplicate, carom.setting, carom.address, carom.stream, carom.sent, carom.told, carom.home, carom.raw_day, carom.replayed, carom.forgotten, carom.setting_log, carom.mailbox_rule, carom.same_mailbox,
	carom.feed_entry, carom.feed_head, carom.feed_waiting, carom.consumer, carom.incident, carom.incident_log, carom.held, carom.brake,
	carom.daily, carom.nightly, carom.recent_events, carom.recent_reports, carom.unrecognised,
	carom.active_suppressions, carom.blocklists
	TO carom_staff;
GRANT EXECUTE ON FUNCTION
	carom.suppress(text, text, text, text, text, timestamptz, text, text),
	carom.import_begin(),
	carom.import_merge(text, boolean),
	carom.unsuppress(text, text, text, text, text),
	carom.forget(text, text, boolean, boolean, text),
	carom._entry_name(text),
	carom.settings(),
	carom.mailboxes(),
	carom.set_mailboxes(text[], text, text),
	carom.fill_mailboxes(text, int),
	carom.change_setting(text, text, text, text),
	carom.unsuppress_cause(text, timestamptz, timestamptz, text, text, text, text, text, boolean, text, text),
	carom.count_cause(timestamptz, timestamptz, text, text, text, text, text, text),
	carom.alive(),
	carom.story_events(text),
	carom.story_changes(text),
	carom.policy_categories(),
	carom.policy_set(jsonb, text),
	carom.policy_unset(jsonb, text, text),
	carom.policy_try(date, jsonb, boolean, text, text),
	carom.transactional_streams(),
	carom.set_transactional_streams(text[], text, text),
	carom.set_volume(date, text, text, text, bigint),
	carom.report_isp(date, date, text, text),
	carom.report_outside_ages(),
	carom.report_category(date, date, text, text, text),
	carom.report_balance(date, date, text, text),
	carom.report_suppressions(date, date, text, text),
	carom.rate(bigint, bigint),
	carom.rate_low(bigint, bigint),
	carom.rate_high(bigint, bigint),
	carom._wilson(bigint, bigint, int),
	carom._share(numeric, numeric),
	carom.report_series(date, date, text, text, text),
	carom.report_rates(date, date, text, text, text, text),
	carom.report_days(date, date, text, text, text),
	carom.report_causes(date, date, text, text, text),
	carom.report_blocks(date, date, text, text, text),
	carom.report_feeds(date, text, text),
	carom.report_blocklists(date, date, text, text),
	carom.report_delays(date),
	carom.report_late(date, date, text, text, text),
	carom._arrived(date, date, text, text),
	carom.report_templates(date, text, text, text),
	carom._sample_replies(date, int, int, text, text, text[]),
	carom.reply_template(text, text, text, text),
	carom.report_cohorts(date, date, text, text, text, text, date),
	carom._report_cohorts(date, date, text, text, text, text, date),
	carom._cohorts(date, date, date),
	carom._blocklists(date),
	carom._added(date, date, text, text),
	carom._daily(date, date, text, text),
	carom._tally(date, date, text, text),
	carom._duplicates(date, date),
	carom.check_integrity(date)
	TO carom_staff;
GRANT EXECUTE ON FUNCTION
	carom.feed_number(int),
	carom.feed_head(),
	carom.feed(text, int, text),
	carom.feed_cursor(text),
	carom.feed_keep(text, text),
	carom.feed_consumers()
	TO carom_staff, carom_feed;
GRANT EXECUTE ON FUNCTION
	carom.incidents(boolean),
	carom.incident_addresses(bigint, int),
	carom.confirm_incident(bigint, text, text),
	carom.discard_incident(bigint, text, text)
	TO carom_staff;
GRANT SELECT ON carom.schema_version TO carom_feed;

-- what logs and others tell
GRANT EXECUTE ON FUNCTION
	carom.add_deliveries(bigint[], int[], bigint[], int[], int[], jsonb),
	carom.log_position(text),
	carom.log_queue(text),
	carom.log_read(text, bigint, text, text[], text[]),
	carom.stream_scope(int)
	TO carom_writer, carom_staff;
GRANT EXECUTE ON FUNCTION
	carom.set_outside(text, jsonb),
	carom.report_outside(date, date, text, text),
	carom.undetermined(date, date, text, text, int),
	carom.unread(date, date, int),
	carom.raw_kept(text)
	TO carom_staff;
GRANT SELECT ON carom.delivery, carom.outside, carom.outside_age TO carom_staff;

-- webhooks
GRANT EXECUTE ON FUNCTION
	carom.api_webhooks(text, text),
	carom.api_webhook_add(text, text, text, jsonb, text, text, text, text),
	carom.api_webhook(text, text, text),
	carom.api_webhook_put(text, text, text, text, jsonb, text, text, text, text),
	carom.api_webhook_delete(text, text, text),
	carom.api_webhook_test(text, text, text),
	carom.api_webhook_rotate(text, text, text, int),
	carom.api_webhook_deliveries(text, text, text, text, int, text[]),
	carom.api_webhook_replay(text, text, text, text, timestamptz, boolean)
	TO carom_api;
GRANT EXECUTE ON FUNCTION
	carom.feed_number(int),
	carom.webhook_take(int),
	carom.webhook_claim(int),
	carom.webhook_told(bigint, int, text, int, int, int, text, text, int, int)
	TO carom_webhooks;
GRANT EXECUTE ON FUNCTION
	carom.webhook_kinds(),
	carom.webhook_add(text, text[], text, text, text, text, text),
	carom.webhook_change(text, text, text[], text, text, text),
	carom.webhooks(),
	carom.webhook_deliveries(text, text, int, bigint),
	carom.webhook_pause(text),
	carom.webhook_resume(text),
	carom.webhook_remove(text),
	carom.webhook_rotate(text, int),
	carom.webhook_test(text),
	carom.webhook_replay(text, text, timestamptz, boolean)
	TO carom_staff;
GRANT SELECT ON carom.webhook, carom.webhook_delivery TO carom_staff;

-- carom_page, for the page for staff: functions that want the name of who asks, and the reports
REVOKE ALL ON ALL ROUTINES IN SCHEMA carom FROM carom_page;
REVOKE ALL ON ALL TABLES IN SCHEMA carom FROM carom_page;
GRANT USAGE ON SCHEMA carom TO carom_page;
GRANT EXECUTE ON FUNCTION
	carom.page_enter(text),
	carom.page_entries(text, text),
	carom.page_changes(text, text),
	carom.page_events(text, text),
	carom.page_suppress(text, text, text, text, text, text, date),
	carom.page_lift(text, text, text, text, text),
	carom.page_list(text, jsonb, text, int),
	carom.page_counts(text, jsonb, int),
	carom.page_export(text, jsonb, text, int),
	carom.page_import(text, jsonb, text, boolean),
	carom.page_incidents(text, bigint),
	carom.page_held(text, bigint),
	carom.page_close(text, bigint, boolean, text),
	carom.page_causes(text, jsonb),
	carom.page_undo(text, jsonb, text, boolean),
	carom.page_released(text, text),
	carom.page_choices(text, jsonb),
	carom.page_domain(text, text),
	carom.page_templates(text, date, date, jsonb),
	carom.page_report(text, bigint),
	carom.page_known(text, text, text, text),
	carom.page_scopes(text),
	carom.page_health(text),
	carom.page_keys(text),
	carom.page_key_revoke(text, text, text),
	carom.page_staff(text),
	carom.page_consumers(text),
	carom.page_webhooks(text),
	carom.page_deliveries(text, text),
	carom.page_webhook_add(text, text, text, text, text, text),
	carom.page_webhook_do(text, text, text, text),
	carom.undetermined(date, date, text, text, int),
	carom.unread(date, date, int),
	carom.incidents(boolean),
	carom.webhooks(),
	carom.day(timestamptz),
	carom.setting(text)
	TO carom_page;
GRANT EXECUTE ON FUNCTION
	carom.staff_add(text, text, text, text),
	carom.staff_remove(text),
	carom.staff_list()
	TO carom_staff;
GRANT SELECT ON carom.staff TO carom_staff;
-- the reports, whichever there are, and what they call (see 85-page.sql); none that names people
DO $$
DECLARE
	one regprocedure;
BEGIN
	FOR one IN SELECT p.oid FROM pg_catalog.pg_proc p WHERE p.pronamespace = 'carom'::regnamespace AND (p.proname LIKE 'report\_%'
			AND p.proname <> 'report_suppressions' OR p.proname IN ('_daily', '_tally', '_duplicates', '_arrived', '_cohorts', '_report_cohorts', '_named_all', '_named_daily',
				'rate', 'rate_low', 'rate_high', '_wilson', '_share')) LOOP
		EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO carom_page', one);
	END LOOP;
END
$$;
