-- SPDX-License-Identifier: BSD-2-Clause
-- carom - one mailbox, several addresses
--
-- a.n.i+shop@googlemail.com and ani@gmail.com are one person, as far as their
-- provider says so in mailbox_rule and a setting believes it. An entry of one then
-- holds for all of them. While no provider is turned on, nothing here costs anything.

-- What the spellings of a mailbox have in common, of an address in its normal
-- spelling: without its tag, without dots, at the one domain. The program does the
-- same in src/mail/canonical.c; a test compares.
CREATE OR REPLACE FUNCTION carom._canonical(plain text, mailbox_domain text, ignores_dots boolean, tags text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	local text := left(plain, length(plain) - length(split_part(plain, '@', -1)) - 1);
BEGIN
	IF left(local, 1) <> '"' THEN  -- what is quoted no provider takes apart
		FOR i IN 2 .. length(local) LOOP
			IF strpos(tags, substr(local, i, 1)) > 0 THEN
				local := left(local, i - 1);
				EXIT;
			END IF;
		END LOOP;
		IF ignores_dots AND replace(local, '.', '') <> '' THEN
			local := replace(local, '.', '');
		END IF;
	END IF;
	RETURN local || '@' || mailbox_domain;
END
$$;

-- The mailbox of an address; NULL where nobody says that it has other spellings.
CREATE OR REPLACE FUNCTION carom._mailbox_of(plain text) RETURNS text
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	providers text[] := carom.setting('mailboxes');
	r         record;
BEGIN
	IF coalesce(providers, '{}') = '{}' THEN
		RETURN NULL;
	END IF;
	SELECT m.mailbox_domain, m.ignores_dots, m.tags INTO r FROM carom.mailbox_rule m
		WHERE m.domain = split_part(plain, '@', -1) AND m.provider = ANY (providers);
	RETURN CASE WHEN r.mailbox_domain IS NOT NULL AND left(plain, 1) <> '@' THEN carom._canonical(plain, r.mailbox_domain, r.ignores_dots, r.tags) END;
END
$$;

-- The same of many at once, one element each: the settings are asked once.
CREATE OR REPLACE FUNCTION carom._mailboxes_of(plains text[]) RETURNS text[]
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	providers text[] := carom.setting('mailboxes');
	domains   text[];
	rules     jsonb;
BEGIN
	IF coalesce(providers, '{}') <> '{}' THEN
		domains := ARRAY(SELECT DISTINCT split_part(p, '@', -1) FROM unnest(plains) p);
		rules := (SELECT jsonb_object_agg(m.domain, jsonb_build_array(m.mailbox_domain, m.ignores_dots, m.tags)) FROM carom.mailbox_rule m
			WHERE m.domain = ANY (domains) AND m.provider = ANY (providers));
	END IF;
	RETURN ARRAY(
		SELECT CASE WHEN x.r IS NOT NULL AND left(x.plain, 1) <> '@' THEN carom._canonical(x.plain, x.r ->> 0, (x.r ->> 1)::boolean, x.r ->> 2) END
		FROM (SELECT u.plain, u.n, rules -> split_part(u.plain, '@', -1) AS r FROM unnest(plains) WITH ORDINALITY u(plain, n)) x ORDER BY x.n);
END
$$;

-- The names under which entries hold for an address because they are of its mailbox.
-- They may lie at other homes than it does, so on Citus all places are asked.
CREATE OR REPLACE FUNCTION carom._mailbox_names(plain text) RETURNS text[]
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	box    text := carom._mailbox_of(plain);
	hidden text;
BEGIN
	IF box IS NULL THEN
		RETURN '{}';
	END IF;
	hidden := carom._hidden_name(box);
	RETURN array_remove(ARRAY[nullif(box, plain), CASE WHEN box <> plain THEN hidden END], NULL)
		|| ARRAY(SELECT m.address FROM carom.same_mailbox m WHERE m.mailbox = ANY (ARRAY[box, hidden]) AND m.address <> plain LIMIT 1000);
END
$$;

-- Notes of new entries which mailbox they are of. On Citus it runs where they lie, on the
-- table of that place, and writes into the one beside it.
CREATE OR REPLACE FUNCTION carom._note_mailboxes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	plains text[] := ARRAY(SELECT DISTINCT n.address FROM new_rows n ORDER BY 1);
	boxes  text[] := carom._mailboxes_of(plains);
	place  text := '';
BEGIN
	IF NOT EXISTS (SELECT FROM unnest(plains, boxes) x(plain, box) WHERE x.box <> x.plain) THEN
		RETURN NULL;
	ELSIF tg_table_name <> 'suppression' THEN
		place := (SELECT '_' || beside.shardid FROM pg_dist_shard here
			JOIN pg_dist_shard beside ON beside.logicalrelid = 'carom.same_mailbox'::regclass AND beside.shardminvalue = here.shardminvalue
			WHERE here.shardid = substring(tg_table_name FROM '[0-9]+$')::bigint);
	END IF;
	EXECUTE format('INSERT INTO carom.%I AS m (address, mailbox, home) '
		'SELECT x.plain, x.box, carom._home_of(x.plain) FROM unnest($1, $2) x(plain, box) WHERE x.box <> x.plain '
		'ON CONFLICT ON CONSTRAINT %I DO UPDATE SET mailbox = excluded.mailbox WHERE m.mailbox <> excluded.mailbox',
		'same_mailbox' || place, 'same_mailbox_pkey' || place) USING plains, boxes;
	RETURN NULL;
END
$$;

-- Has them noted, but only while a provider is turned on.
CREATE OR REPLACE FUNCTION carom._watch_mailboxes() RETURNS void
LANGUAGE plpgsql SET client_min_messages = warning
AS $$
BEGIN
	IF carom.setting('distributed') = 'yes' THEN
		-- unsafe is what reaches beyond its place; that by which one place follows another is none
		PERFORM set_config('citus.enable_unsafe_triggers', 'on', true);
		PERFORM set_config('citus.multi_shard_modify_mode', 'sequential', true);
	END IF;
	DROP TRIGGER IF EXISTS note_mailboxes ON carom.suppression;
	IF coalesce(carom.setting('mailboxes'), '{}') <> '{}' THEN
		CREATE TRIGGER note_mailboxes AFTER INSERT ON carom.suppression REFERENCING NEW TABLE AS new_rows
			FOR EACH STATEMENT EXECUTE FUNCTION carom._note_mailboxes();
	END IF;
END
$$;

DROP FUNCTION IF EXISTS carom.mailboxes();
CREATE FUNCTION carom.mailboxes() RETURNS TABLE (provider text, "on" boolean, domains text, dots text, tags text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
		SELECT r.provider, r.provider = ANY (coalesce(carom.setting('mailboxes'), '{}')::text[]),
			string_agg(r.domain || CASE WHEN r.domain <> r.mailbox_domain THEN '=' || r.mailbox_domain ELSE '' END, ', ' ORDER BY r.mailbox_domain, r.domain),
			CASE WHEN bool_or(r.ignores_dots) THEN 'ignored' ELSE 'count' END, string_agg(DISTINCT r.tags, '')
		FROM carom.mailbox_rule r GROUP BY 1 ORDER BY 1;
END
$$;
COMMENT ON FUNCTION carom.mailboxes() IS
	'providers that put several addresses into one mailbox, and whether the lists go by it: domains that are one (=), whether dots count, what begins a tag';

DROP FUNCTION IF EXISTS carom.set_mailboxes(text[], text, text);
CREATE FUNCTION carom.set_mailboxes(providers text[], note text, author text DEFAULT session_user) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
DECLARE
	named   text[] := ARRAY(SELECT DISTINCT btrim(p) FROM unnest(providers) p ORDER BY 1);
	unknown text := (SELECT n FROM unnest(named) n WHERE n NOT IN (SELECT m.provider FROM carom.mailbox_rule m) ORDER BY 1 LIMIT 1);
	who     text := carom._author(set_mailboxes.author);
BEGIN
	IF coalesce(btrim(note), '') = '' THEN
		RAISE EXCEPTION 'a note is needed to change whose addresses are one mailbox' USING ERRCODE = 'invalid_parameter_value';
	ELSIF unknown IS NOT NULL OR array_position(named, NULL) IS NOT NULL THEN
		RAISE EXCEPTION 'nothing is known of the mailboxes of "%"', left(unknown, 100) USING ERRCODE = 'invalid_parameter_value';
	END IF;
	IF NOT carom._put_setting('mailboxes', named::text, who, left(note, 2000)) THEN
		RETURN 'kept';
	END IF;
	PERFORM carom._watch_mailboxes();
	PERFORM pg_notify('carom_suppression', '');
	RETURN 'changed';
END
$$;
COMMENT ON FUNCTION carom.set_mailboxes(text[], text, text) IS
	'name all providers of whose mailboxes an entry holds for all spellings: changed, or kept. Then fill_mailboxes() until it gives NULL';

CREATE OR REPLACE FUNCTION carom.fill_mailboxes(after text DEFAULT '', most int DEFAULT 5000) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
DECLARE
	addresses text[] := ARRAY(SELECT s.address FROM carom.suppression s WHERE s.address > fill_mailboxes.after ORDER BY s.address LIMIT greatest(most, 1));
	last      text := addresses[cardinality(addresses)];
	noted     text[];
	boxes     text[];
	gone      text[];
BEGIN
	-- what a provider that is turned off had there goes; of who is forgotten nobody knows the spelling
	SELECT coalesce(array_agg(m.address), '{}'), array_agg(m.mailbox) INTO noted, boxes FROM carom.same_mailbox m
		WHERE m.address > fill_mailboxes.after AND (last IS NULL OR m.address <= last) AND left(m.address, 1) <> '#';
	gone := ARRAY(SELECT x.address FROM unnest(noted, boxes, carom._mailboxes_of(noted)) x(address, was, is_) WHERE x.was IS DISTINCT FROM x.is_);
	DELETE FROM carom.same_mailbox m WHERE m.address = ANY (gone);
	addresses := ARRAY(SELECT DISTINCT a FROM unnest(addresses) a);
	boxes := carom._mailboxes_of(addresses);
	INSERT INTO carom.same_mailbox (address, mailbox, home)
		SELECT x.address, x.mailbox, carom._home_of(x.address) FROM unnest(addresses, boxes) x(address, mailbox) WHERE x.mailbox <> x.address
		ON CONFLICT DO NOTHING;
	IF last IS NULL THEN
		PERFORM carom._put_setting('mailboxes_filled', (coalesce(carom.setting('mailboxes_filled'), '0')::bigint + 1)::text, session_user, NULL);
		PERFORM pg_notify('carom_suppression', '');
	END IF;
	RETURN last;
END
$$;
COMMENT ON FUNCTION carom.fill_mailboxes(text, int) IS
	'after set_mailboxes(): look at so many entries after an address, and give the last of them, to go on from; NULL: that was all. A transaction each';

-- ---- for the outbound daemon ----------------------------------------------------------

CREATE OR REPLACE FUNCTION carom.mailbox_state() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN CASE WHEN coalesce(carom.setting('mailboxes'), '{}') = '{}' THEN '' ELSE carom.setting('mailboxes') || carom.setting('mailboxes_filled') END;
END
$$;
COMMENT ON FUNCTION carom.mailbox_state() IS
	'other words whenever the list is to be read whole, since other addresses are one mailbox or all of them are known now; '''' while no provider is turned on';

CREATE OR REPLACE FUNCTION carom.mailbox_rules() RETURNS TABLE (domain text, mailbox_domain text, ignores_dots boolean, tags text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT m.domain, m.mailbox_domain, m.ignores_dots, m.tags FROM carom.mailbox_rule m
		WHERE m.provider = ANY (coalesce(carom.setting('mailboxes'), '{}')::text[]) ORDER BY m.domain;
END
$$;
COMMENT ON FUNCTION carom.mailbox_rules() IS 'how the providers that are turned on put several addresses into one mailbox';

-- A space keeps it apart from the address of the same letters.
CREATE OR REPLACE FUNCTION carom._mailbox_mark(mailbox text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CASE WHEN carom._is_hidden(mailbox) THEN mailbox ELSE ' ' || mailbox END $$;

CREATE OR REPLACE FUNCTION carom.suppressed_mailboxes(after text DEFAULT '', most int DEFAULT NULL) RETURNS TABLE (address text, mark text)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10000 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	IF carom.mailbox_state() <> '' THEN
		RETURN QUERY SELECT m.address, carom._mailbox_mark(m.mailbox) FROM carom.same_mailbox m
			WHERE m.address > suppressed_mailboxes.after ORDER BY m.address LIMIT most;
	END IF;
END
$$;
COMMENT ON FUNCTION carom.suppressed_mailboxes(text, int) IS
	'the mailboxes that the list has under another spelling, each with a space before it, by that spelling, the first so many after one; for the set of '
	'suppressed_addresses()';
