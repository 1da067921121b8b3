-- SPDX-License-Identifier: BSD-2-Clause
-- carom - record() for the most usual message by itself: one report, one outcome
--
-- The statements for any number of rows take longer to begin than their work for one
-- row is. So here are shorter ones, on one server, in the same order of locks. Each
-- does what is mostly to be done, and leaves to the other what it finds otherwise:
-- a report, a mail or an entry that is there already, a tally row that is not.

-- The entry that an event brings onto the list.
CREATE OR REPLACE FUNCTION carom._entry(e carom.event, of_key text, to_account text, to_stream text, moment timestamptz, expires timestamptz)
RETURNS carom.suppression
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	RETURN ROW(e.address, to_account, to_stream, coalesce(nullif(e.subscriber, ''), e.recipient), e.cause,
		CASE WHEN e.kind IN ('complaint', 'unsubscribe') THEN e.kind
			WHEN e.cause = 'unsubscribe_request' THEN 'unsubscribe'
			WHEN e.cause = 'upstream_suppressed' THEN 'upstream'
			ELSE 'bounce' END,
		coalesce(moment, e.at), coalesce(moment, e.at), 1, expires, e.provider, e.status, e.rule, e.rules, e.confidence,
		coalesce(e.remote_mta, e.reporter), of_key, e.id, e.day, 'carom', NULL, session_user, e.home)::carom.suppression;
END
$$;

-- Has this address so many events in these days? Who counts them next is the only one.
CREATE OR REPLACE FUNCTION carom._has_events(of_address text, first date, last date, wanted int) RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
	PERFORM carom._lock_addresses(ARRAY[of_address]);
	RETURN (SELECT count(*) FROM (
		SELECT FROM carom.event e WHERE e.address = of_address AND e.day BETWEEN first AND last LIMIT wanted) x) = wanted;
END
$$;

-- What _due() decides of one event; NULL for nothing.
CREATE OR REPLACE FUNCTION carom._due_one(here int, e carom.event, of_key text, moment timestamptz, until date) RETURNS carom.suppression
LANGUAGE plpgsql
AS $$
DECLARE
	p          carom.policy;
	to_account text;
	to_stream  text;
	expires    timestamptz;
BEGIN
	IF e.cause IS NULL OR e.address = '' OR (e.confidence IN ('proven', 'matched', 'claimed')) IS NOT TRUE THEN
		RETURN NULL;
	END IF;
	SELECT o.* INTO p FROM carom.policy o
		WHERE o.category = e.cause AND o.account IN ('', e.account) AND o.stream IN ('', e.stream)
			AND o.provider IN ('', e.provider) AND o.status IN ('', e.status) AND o.reply IN ('', e.reply)
		ORDER BY o.account <> '' DESC, o.stream <> '' DESC, o.provider <> '' DESC, o.status <> '' DESC, o.reply <> '' DESC LIMIT 1;
	IF p.after IS NULL THEN
		RETURN NULL;
	END IF;
	to_account := CASE WHEN p.scope = 'global' THEN '' ELSE e.account END;
	to_stream := CASE WHEN p.scope = 'stream' THEN e.stream ELSE '' END;
	IF p.after > 1 THEN
		-- most addresses have not so many events in all
		IF here IS NULL AND NOT carom._has_events(e.address, e.day - p.within_days + 1, least(e.day + p.within_days - 1, until), p.after) THEN
			RETURN NULL;
		END IF;
		IF carom._enough_days(here, ARRAY[e.id], ARRAY[e.address], ARRAY[CASE WHEN p.scope <> 'global' THEN e.account END],
			ARRAY[CASE WHEN p.scope = 'stream' THEN e.stream END], ARRAY[e.cause], ARRAY[e.day], ARRAY[p.within_days], ARRAY[p.after],
			ARRAY[to_account], ARRAY[to_stream], until) IS NULL
		THEN
			RETURN NULL;
		END IF;
	END IF;
	expires := e.at + make_interval(days => p.expires_days);
	IF expires <= coalesce(moment, e.at) THEN  -- a report may come years late
		RETURN NULL;
	END IF;
	RETURN carom._entry(e, of_key, to_account, to_stream, moment, expires);
END
$$;

-- Suppresses whom this event suppresses, and gives what was written, as _apply_policy() does.
CREATE OR REPLACE FUNCTION carom._apply_policy_to_one(e carom.event, of_key text) RETURNS carom.suppression[]
LANGUAGE plpgsql
AS $$
DECLARE
	due     carom.suppression := carom._due_one(NULL, e, of_key, now(), NULL);
	written carom.suppression[];
BEGIN
	IF due.address IS NULL THEN
		RETURN NULL;
	END IF;
	INSERT INTO carom.suppression SELECT due.* ON CONFLICT ON CONSTRAINT suppression_pkey DO NOTHING;
	IF FOUND THEN
		written := ARRAY[due];
		INSERT INTO carom.suppression_log (day, change, address, account, stream, reason, source, expires_at, provider, status, rule, rules,
				confidence, said_by, report_key, event, event_day, author, login, home)
			VALUES (due.event_day, 'add', due.address, due.account, due.stream, due.reason, due.source, due.expires_at, due.provider, due.status,
				due.rule, due.rules, due.confidence, due.said_by, due.report_key, due.event, due.event_day, due.author, due.login, due.home);
	ELSE
		written := carom._put_on(NULL, ARRAY[due]);
	END IF;
	IF written IS NOT NULL THEN
		PERFORM carom._brake(written, ARRAY[e]);
	END IF;
	RETURN written;
END
$$;

-- Counts an event by day of sending, in a row that is there. FALSE: there is none.
CREATE OR REPLACE FUNCTION carom._count_one_cohort(e carom.event) RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
	of_measure text := carom._measure(e.kind, e.action, e.class, e.feedback_type);
BEGIN
	IF of_measure IS NULL OR e.sent_on IS NULL OR e.repeated OR (e.confidence IN ('proven', 'matched', 'claimed')) IS NOT TRUE THEN
		RETURN true;
	END IF;
	UPDATE carom.cohort c SET events = c.events + CASE WHEN e.feedback_type = 'not-spam' THEN -1 ELSE 1 END
		WHERE c.home = 0 AND c.day = e.day AND c.sent_on = carom._cohort_of(e.sent_on, e.day) AND c.account = e.account
			AND c.stream = e.stream AND c.provider = e.provider AND c.measure = of_measure;
	RETURN FOUND;
END
$$;

-- Records a report that was read, with its only event and what that tells of a
-- mail. NULL: it is there already, and nothing was done.
CREATE OR REPLACE FUNCTION carom._record_one(settings jsonb, d carom.report, e carom.event, what text) RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
	believed boolean := (e.confidence IN ('proven', 'matched', 'claimed')) IS TRUE;
	written  carom.suppression[];
	added    int := 0;
BEGIN
	INSERT INTO carom.report SELECT u.* FROM unnest(ARRAY[d]) u ON CONFLICT ON CONSTRAINT report_pkey DO NOTHING;
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;
	IF e.message IS NOT NULL AND e.address <> '' AND what IS NOT NULL THEN
		INSERT INTO carom.told (address, message, what, day, last_day, weight, times, home)
			VALUES (e.address, e.message, what, e.day, e.day, carom._weight(what, e.class, coalesce(e.status, e.reply), e.confidence), 1, e.home)
			ON CONFLICT ON CONSTRAINT told_pkey DO NOTHING;
		IF NOT FOUND THEN
			e := (carom._tell(NULL, ARRAY[e.home], ARRAY[e]))[1];
		END IF;
	END IF;
	IF NOT believed THEN
		e := (carom._bounded(NULL, coalesce((settings ->> 'guessed_keys')::bigint, 10000), ARRAY[e]))[1];
	END IF;
	INSERT INTO carom.event SELECT u.* FROM unnest(ARRAY[e]) u;
	INSERT INTO carom.feed_waiting (what, reports, ids, first_day, last_day) VALUES ('event', ARRAY[e.report], ARRAY[e.id], e.day, e.day);
	IF believed AND e.cause IS NOT NULL AND e.address <> '' THEN
		written := carom._apply_policy_to_one(e, d.key);
		added := coalesce(((written[1]).changes = 1)::int, 0);
	END IF;

	UPDATE carom.tally t SET events = t.events + (NOT e.repeated)::int, repeats = t.repeats + e.repeated::int,
			reports = t.reports + (e.ordinal = 1)::int, suppressions = t.suppressions + added
		WHERE t.home = 0 AND t.day = e.day AND t.account = e.account AND t.stream = e.stream AND t.provider = e.provider AND t.kind = e.kind
			AND t.action = coalesce(e.action, '') AND t.category = coalesce(e.category, '') AND t.class = coalesce(e.class, '')
			AND t.feedback_type = coalesce(e.feedback_type, '') AND t.confidence = coalesce(e.confidence, '');
	IF NOT FOUND THEN
		PERFORM carom._count_tally(NULL, ARRAY[e], written);
	END IF;
	IF NOT carom._count_one_cohort(e) THEN
		PERFORM carom._count_cohorts(NULL, ARRAY[e], 1);
	END IF;
	IF d.source_ip IS NOT NULL OR d.returned_feedback_id <> '' OR d.returned_list_id <> '' THEN
		PERFORM carom._count_named(NULL, coalesce((settings ->> 'named_rows')::bigint, 10000), ARRAY[e], ARRAY[d]);
	END IF;
	RETURN jsonb_build_object('report', d.id, 'key', d.key, 'duplicate', false, 'events', 1,
		'suppressed', CASE added WHEN 1 THEN jsonb_build_array(e.address) ELSE '[]' END);
END
$$;
