-- SPDX-License-Identifier: BSD-2-Clause
-- carom - the settings that the database itself must know

-- Each with its unit, what holds where it is not set, and what it may be: words, or
-- a number between two. Who changes it: staff; owner of the schema; or nobody by
-- hand, and then through says what does.
CREATE OR REPLACE FUNCTION carom._setting_rows() RETURNS TABLE (name text, unit text, fallback text, words text[], low bigint, high bigint,
	changed_by text, through text, meaning text)
LANGUAGE sql IMMUTABLE
AS $$
	VALUES
		('held', NULL, 'refused', '{refused,mailed}'::text[], NULL::bigint, NULL::bigint, 'staff', NULL,
			'whether mail to addresses that an incident holds is refused or goes out'),
		('brake_addresses', 'addresses', '500', NULL, 0, 9999999, 'staff', NULL,
			'so many of one provider within brake_minutes open an incident; 0 holds nothing'),
		('brake_minutes', 'minutes', '10', NULL, 1, 9999, 'staff', NULL, 'the stretch in which brake_addresses are many'),
		('feed_days', 'days', '90', NULL, 1, 99999, 'staff', NULL, 'what the feed tells is kept so long; so are webhook deliveries that were given up'),
		('webhook_days', 'days', '7', NULL, 1, 99999, 'staff', NULL, 'webhook deliveries that succeeded are kept so long'),
		('unsubscribe_days', 'days', '400', NULL, 1, 99999, 'staff', NULL, 'a link to unsubscribe is good for so long after the mail was sent'),
		('unrecognised_octets', 'octets a day', '1073741824', NULL, 0, 999999999999999, 'staff', NULL,
			'so much of the mail that nobody understands is kept whole'),
		('guessed_keys', 'rows a day', '10000', NULL, 0, 999999999, 'staff', NULL,
			'so many rows of the tally may reports open that prove nothing; the rest counts as (other)'),
		('named_rows', 'rows a day', '10000', NULL, 0, 999999999, 'staff', NULL,
			'so many rows by campaign and sending address may reports open, and batches of what was sent; the rest counts as (other)'),
		('named_days', 'days', '400', NULL, 1, 99999, 'staff', NULL, 'figures by campaign and sending address are kept so long'),
		('keys', NULL, NULL, '{used,none}', NULL, NULL, 'owner', NULL,
			'used: signed return addresses were seen, so a program without keys is not believed what it took from unsigned ones; none: it is all the same'),
		('verp_delimiter', NULL, '+', NULL, NULL, NULL, 'owner', NULL, 'what parts sender and recipient in the return addresses that carom.verp() makes'),
		('timezone', NULL, 'UTC', NULL, NULL, NULL, 'owner', 'carom db upgrade, by timezone in [report] of carom.conf', 'where days begin and end'),
		('transactional_streams', NULL, '{}', NULL, NULL, NULL, 'staff', 'carom policy streams',
			'what a person said of other mail stops no mail of these'),
		('mailboxes', NULL, '{}', NULL, NULL, NULL, 'staff', 'carom policy mailboxes',
			'providers of whose mailboxes an entry holds for all spellings'),
		('mailboxes_filled', NULL, '0', NULL, 0, NULL, 'program', 'carom policy mailboxes', 'times that all entries were looked at for their mailbox'),
		('distributed', NULL, 'no', '{yes,no}', NULL, NULL, 'program', 'citus.sql', 'whether this is Citus'),
		('places', NULL, NULL, NULL, 1, NULL, 'program', 'carom.place_functions()', 'in how many places the homes lie on Citus'),
		('pruned_before', 'day', '0001-01-01', NULL, NULL, NULL, 'program', 'carom db prune', 'first day whose events are still kept'),
		('pruned_duplicates', 'reports', '0', NULL, 0, NULL, 'program', 'carom db prune', 'duplicates seen of reports that were pruned'),
		('first_number', NULL, NULL, NULL, 0, NULL, 'program', 'carom db init', 'lowest number of an address that names its home'),
		('cohorts_from', 'day', NULL, NULL, NULL, NULL, 'program', 'carom db upgrade', 'first day of which cohort has all'),
		('cohorts_after', NULL, NULL, NULL, 0, NULL, 'program', 'carom db upgrade', 'the last event that was there before cohorts'),
		('named_from', 'day', NULL, NULL, NULL, NULL, 'program', 'carom db upgrade', 'first day whose figures by campaign and sending address have all'),
		('log_from', NULL, NULL, NULL, NULL, NULL, 'program', 'carom import maillog', 'lines of mail logs before this are passed over')
$$;

-- What is wrong with a value; NULL: nothing.
CREATE OR REPLACE FUNCTION carom._setting_fault(of_name text, value text) RETURNS text
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	s record;
BEGIN
	SELECT * INTO s FROM carom._setting_rows() r WHERE r.name = of_name;
	IF NOT FOUND THEN
		RETURN format('there is no setting "%s"', left(of_name, 100));
	ELSIF value IS NULL THEN
		RETURN format('%s wants a value', of_name);
	ELSIF s.words IS NOT NULL THEN
		RETURN CASE WHEN NOT value = ANY (s.words) THEN format('%s is %s, not "%s"', of_name, array_to_string(s.words, ' or '), left(value, 100)) END;
	ELSIF s.low IS NOT NULL THEN
		RETURN CASE WHEN value !~ '^\d{1,18}$' OR value::bigint NOT BETWEEN s.low AND coalesce(s.high, value::bigint) THEN
			format('%s is a number%s from %s%s, not "%s"', of_name, ' of ' || s.unit, s.low, ' to ' || s.high, left(value, 100)) END;
	ELSIF of_name = 'verp_delimiter' THEN
		RETURN CASE WHEN value !~ '^[!#$%&''*+/=?^_`{|}~.-]$' THEN format('verp_delimiter is one character, such as + or -, not "%s"', left(value, 100)) END;
	ELSIF of_name = 'timezone' THEN
		-- one that is not would make every record() fail
		PERFORM now() AT TIME ZONE value;
	ELSIF s.unit = 'day' THEN
		PERFORM value::date;
	ELSIF of_name IN ('transactional_streams', 'mailboxes') THEN
		PERFORM value::text[];
	ELSIF of_name = 'log_from' THEN
		PERFORM value::timestamptz;
	END IF;
	RETURN NULL;
EXCEPTION WHEN data_exception THEN
	RETURN CASE of_name WHEN 'timezone' THEN format('no time zone is called "%s"', left(value, 100))
		ELSE format('"%s" is no value of %s', left(value, 100), of_name) END;
END
$$;

-- Whoever writes into the table by hand is told as well. What is not known here may be
-- a migration's of the next version.
CREATE OR REPLACE FUNCTION carom._check_setting() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	fault text := carom._setting_fault(new.name, new.value);
BEGIN
	IF fault IS NOT NULL AND new.name IN (SELECT r.name FROM carom._setting_rows() r) THEN
		RAISE EXCEPTION '%', fault USING ERRCODE = 'invalid_parameter_value';
	END IF;
	RETURN new;
END
$$;
DO $$
BEGIN
	-- Citus knows no triggers on tables that lie on all its machines.
	IF carom.setting('distributed') IS DISTINCT FROM 'yes' THEN
		CREATE OR REPLACE TRIGGER check_setting BEFORE INSERT OR UPDATE ON carom.setting
			FOR EACH ROW EXECUTE FUNCTION carom._check_setting();
	END IF;
END
$$;

-- Sets it, and logs what a person changes. FALSE: it was so already.
CREATE OR REPLACE FUNCTION carom._put_setting(of_name text, new_value text, who text, why text) RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
	fault text := carom._setting_fault(of_name, new_value);
	was   text;
BEGIN
	IF fault IS NOT NULL THEN
		RAISE EXCEPTION '%', fault USING ERRCODE = 'invalid_parameter_value',
			HINT = CASE WHEN of_name = 'timezone' THEN 'See the view pg_timezone_names.' ELSE 'carom db setting list tells what there is.' END;
	END IF;
	SELECT s.value INTO was FROM carom.setting s WHERE s.name = of_name FOR UPDATE;
	IF was = new_value THEN
		RETURN false;
	END IF;
	INSERT INTO carom.setting AS s (name, value) VALUES (of_name, new_value) ON CONFLICT (name) DO UPDATE SET value = excluded.value;
	IF (SELECT r.changed_by FROM carom._setting_rows() r WHERE r.name = of_name) <> 'program' THEN
		INSERT INTO carom.setting_log (name, was, value, author, note) VALUES (of_name, was, new_value, who, why);
	END IF;
	RETURN true;
END
$$;

CREATE OR REPLACE FUNCTION carom.set_setting(name text, value text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	PERFORM carom._put_setting($1, $2, session_user, NULL);
END
$$;
COMMENT ON FUNCTION carom.set_setting(text, text) IS
	'change a setting, for the owner of the schema; a new timezone holds for what arrives from now on, days already counted stay where they are';

DROP FUNCTION IF EXISTS carom.change_setting(text, text, text, text);
CREATE FUNCTION carom.change_setting(name text, value text, note text, author text DEFAULT session_user) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	s   record;
	who text := carom._author(change_setting.author);
BEGIN
	SELECT * INTO s FROM carom._setting_rows() r WHERE r.name = change_setting.name;
	IF s.through IS NOT NULL THEN
		RAISE EXCEPTION '% is not changed by hand', s.name USING ERRCODE = 'invalid_parameter_value', HINT = format('%s does that.', s.through);
	ELSIF s.changed_by = 'owner' AND NOT pg_has_role(session_user, current_user, 'MEMBER') THEN
		RAISE EXCEPTION '% is for %, who owns the schema', s.name, current_user USING ERRCODE = 'insufficient_privilege';
	ELSIF coalesce(btrim(note), '') = '' THEN
		RAISE EXCEPTION 'a note is needed to change a setting' USING ERRCODE = 'invalid_parameter_value', HINT = 'Say why.';
	END IF;
	RETURN CASE WHEN carom._put_setting(change_setting.name, btrim(value), who, left(btrim(note), 2000)) THEN 'changed' ELSE 'kept' END;
END
$$;
COMMENT ON FUNCTION carom.change_setting(text, text, text, text) IS
	'change a setting, with a note that says why: changed, or kept where it was so already. Those that decide whom carom believes only by the owner of the schema';

DROP FUNCTION IF EXISTS carom.settings();
CREATE FUNCTION carom.settings() RETURNS TABLE (name text, value text, "default" text, unit text, lowest bigint, highest bigint, words text[],
	changed_by text, through text, meaning text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
		SELECT r.name, coalesce(s.value, r.fallback), r.fallback, r.unit, r.low, r.high, r.words, r.changed_by, r.through, r.meaning
		FROM carom._setting_rows() r LEFT JOIN carom.setting s ON s.name = r.name
		ORDER BY CASE r.changed_by WHEN 'program' THEN 2 WHEN 'owner' THEN 1 ELSE 0 END, r.name;
END
$$;
COMMENT ON FUNCTION carom.settings() IS
	'every setting: its value, what holds where nobody set it, its unit and bounds, and who changes it: staff; owner, who owns the schema; program. through: by '
	'what, if not by change_setting()';
