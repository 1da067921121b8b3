-- SPDX-License-Identifier: BSD-2-Clause
-- What the HTTP API asks for staff: incidents, the policy, keys, reports, imports; and the feed.
BEGIN;
SELECT plan(84);

CREATE FUNCTION pg_temp.digest(id text) RETURNS text LANGUAGE sql AS $$ SELECT encode(sha256(id::bytea), 'hex') $$;
CREATE FUNCTION pg_temp.key(id text, scopes text[], accounts text[] DEFAULT NULL, streams text[] DEFAULT NULL) RETURNS void LANGUAGE sql AS
	$$ SELECT carom.api_key_add(id, sha256(id::bytea), scopes, accounts, streams) $$;
SELECT pg_temp.key('everythi', '{admin}');
SELECT pg_temp.key('checkers', '{check}');
SELECT pg_temp.key('adminacm', '{admin}', '{acme}');
SELECT pg_temp.key('readeall', '{suppressions:read,reports:read,events:read}');
SELECT pg_temp.key('newsacme', '{suppressions:write,events:read}', '{acme}', '{news}');
CREATE FUNCTION pg_temp.ask(a carom.api_answer) RETURNS text LANGUAGE sql AS $$ SELECT concat_ws(' ', a.status, a.answer) $$;

-- scopes, and what is of all accounts
SELECT is((a).status, 403, 'without the scope: ' || what) FROM (VALUES
	('incidents', carom.api_incidents('checkers', pg_temp.digest('checkers'))),
	('incident', carom.api_incident('checkers', pg_temp.digest('checkers'), 1)),
	('confirm', carom.api_close_incident('readeall', pg_temp.digest('readeall'), 'confirm', 1, 'n')),
	('policy', carom.api_policies('checkers', pg_temp.digest('checkers'))),
	('set policy', carom.api_set_policy('readeall', pg_temp.digest('readeall'), 'mailbox_full', after => 1, note => 'n')),
	('unset policy', carom.api_unset_policy('readeall', pg_temp.digest('readeall'), 'mailbox_full', note => 'n')),
	('try policy', carom.api_try_policy('checkers', pg_temp.digest('checkers'), NULL, 'mailbox_full')),
	('keys', carom.api_list_keys('readeall', pg_temp.digest('readeall'))),
	('import', carom.api_import_begin('readeall', pg_temp.digest('readeall'))),
	('events', carom.api_events('checkers', pg_temp.digest('checkers'))),
	('incidents, of some', carom.api_incidents('adminacm', pg_temp.digest('adminacm'))),
	('incident, of some', carom.api_incident('adminacm', pg_temp.digest('adminacm'), 1)),
	('discard, of some', carom.api_close_incident('adminacm', pg_temp.digest('adminacm'), 'discard', 1, 'n')),
	('keys, of some', carom.api_list_keys('adminacm', pg_temp.digest('adminacm')))) v(what, a);
SELECT is((carom.api_incidents('everythi', pg_temp.digest('x'))).status, 401, 'nor without a key');

-- incidents
INSERT INTO carom.incident (id, provider, template, category, first_at, last_at, addresses) VALUES
	(1, 'gmail', 'no such user', 'recipient_unknown', now(), now(), 1), (2, 'yahoo_aol', 'gone', 'recipient_unknown', now(), now(), 1);
INSERT INTO carom.suppression (address, account, spelling, reason, source, author, event, home)
	SELECT a, 'acme', a, 'recipient_unknown', 'bounce', 'carom', e, carom._home_of(a) FROM (VALUES ('i1@x.test', 901), ('i2@x.test', 902)) v(a, e);
INSERT INTO carom.held (incident, address, account, stream, event, home)
	SELECT i, a, 'acme', '', e, carom._home_of(a) FROM (VALUES (1, 'i1@x.test', 901), (2, 'i2@x.test', 902)) v(i, a, e);
SELECT is((SELECT string_agg(e ->> 'id', ' ') FROM json_array_elements((carom.api_incidents('readeall', pg_temp.digest('readeall'))).answer::json -> 'results') e), '2 1', 'newest first');
SELECT is((carom.api_incidents('readeall', pg_temp.digest('readeall'), "limit" => 1)).next, '{2}', 'a page');
SELECT is((SELECT string_agg(e ->> 'id', ' ') FROM json_array_elements((carom.api_incidents('readeall', pg_temp.digest('readeall'), after => '{2}')).answer::json -> 'results') e), '1', 'the next one');
SELECT is((carom.api_incidents('readeall', pg_temp.digest('readeall'), 'shut')).status, 422, 'a state is one');
SELECT is((carom.api_incident('readeall', pg_temp.digest('readeall'), 1)).answer::json -> 'held' -> 0 ->> 'address', 'i1@x.test', 'whom it holds');
SELECT is((carom.api_incident('readeall', pg_temp.digest('readeall'), 3)).status, 404, 'no such incident');
SELECT is((carom.api_close_incident('everythi', pg_temp.digest('everythi'), 'confirm', 1, 'they are dead')).answer::json ->> 'addresses', '1', 'confirmed');
SELECT is((SELECT author FROM carom.suppression WHERE address = 'i1@x.test'), 'key everythi', 'in the key''s name');
SELECT is((carom.api_close_incident('everythi', pg_temp.digest('everythi'), 'discard', 1, 'n')).status, 409, 'once');
SELECT is((carom.api_close_incident('everythi', pg_temp.digest('everythi'), 'discard', 2, 'an outage')).status, 200, 'discarded');
SELECT is((SELECT count(*) FROM carom.suppression WHERE address = 'i2@x.test'), 0::bigint, 'and they are off the list');
SELECT is((carom.api_close_incident('everythi', pg_temp.digest('everythi'), 'discard', 3, 'n')).status, 404, 'no such incident to close');

-- the policy
SELECT cmp_ok(json_array_length((carom.api_policies('readeall', pg_temp.digest('readeall'))).answer::json -> 'results'), '>', 30, 'the policy');
SELECT is((carom.api_set_policy('adminacm', pg_temp.digest('adminacm'), 'mailbox_full', after => 2, within_days => 10, note => 'we are strict')).status, 201, 'a key for an account sets its own');
SELECT is((SELECT account || after FROM carom.policy WHERE category = 'mailbox_full' AND note = 'we are strict'), 'acme2', 'which is that account''s');
SELECT is((a).status || ((a).answer::json ->> 'done'), '200kept', 'again: kept') FROM (SELECT carom.api_set_policy('adminacm', pg_temp.digest('adminacm'), 'mailbox_full', after => 2, within_days => 10, note => 'we are strict') AS a) x;
SELECT is((carom.api_set_policy('adminacm', pg_temp.digest('adminacm'), 'mailbox_full', 'beta', after => 2, within_days => 10, note => 'n')).status, 403, 'nobody else''s');
SELECT throws_ok($$ SELECT carom.api_set_policy('everythi', pg_temp.digest('everythi'), 'no_such', after => 1, note => 'n') $$, '22023', NULL, 'a category is one');
SELECT throws_ok($$ SELECT carom.api_set_policy('everythi', pg_temp.digest('everythi'), 'mailbox_full', after => 5, within_days => 2, note => 'n') $$, '22023', NULL, 'days fit');
SELECT is((SELECT author FROM carom.policy_log ORDER BY id DESC LIMIT 1), 'key adminacm', 'the log has the key');
SELECT is((carom.api_unset_policy('adminacm', pg_temp.digest('adminacm'), 'mailbox_full', note => 'no more')).status, 204, 'unset');
SELECT is((carom.api_unset_policy('adminacm', pg_temp.digest('adminacm'), 'mailbox_full', note => 'no more')).status, 404, 'once');
SELECT is((a).status || ' ' || ((a).answer::json -> 'changes')::text, '200 []', 'tried: nothing has happened') FROM (SELECT carom.api_try_policy('readeall', pg_temp.digest('readeall'), NULL, 'mailbox_full', after => 1) AS a) x;

-- keys
SELECT is((SELECT string_agg(e ->> 'id', ' ' ORDER BY e ->> 'id') FROM json_array_elements((carom.api_list_keys('everythi', pg_temp.digest('everythi'))).answer::json -> 'results') e),
	'adminacm checkers everythi newsacme readeall', 'the keys');
SELECT unalike((carom.api_list_keys('everythi', pg_temp.digest('everythi'))).answer, '%' || pg_temp.digest('everythi') || '%', 'without what is secret');

-- reports
SELECT is((SELECT (a).status FROM (SELECT carom.api_report('everythi', pg_temp.digest('everythi'), n) AS a) x), 200, 'report ' || n)
	FROM unnest(ARRAY['streams', 'bounces', 'complaints', 'days', 'causes', 'blocks', 'feeds', 'outside', 'suppressions', 'isp']) n;

-- imports
CREATE FUNCTION pg_temp.import(id text, rows text[], token text DEFAULT NULL, body text DEFAULT NULL, dry boolean DEFAULT false) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	a carom.api_answer := carom.api_import_begin(id, pg_temp.digest(id));
BEGIN
	INSERT INTO pg_temp.carom_import (line, address, account, reason, source)
		SELECT n, split_part(r, '/', 1), split_part(r, '/', 2), 'r', 'import' FROM unnest(rows) WITH ORDINALITY x(r, n);
	a := carom.api_import_merge(id, pg_temp.digest(id), token, body, dry);
	DROP TABLE pg_temp.carom_import;
	RETURN concat_ws(' ', a.status, CASE WHEN a.status < 400 THEN a.answer::json ->> 'added' ELSE a.answer END);
END
$$;
SELECT is(pg_temp.import('everythi', '{m1@x.test,m2@x.test/beta}', dry => true), '200 2', 'an import, dry');
SELECT is((SELECT count(*) FROM carom.suppression WHERE address LIKE 'm_@x.test'), 0::bigint, 'changes nothing');
SELECT is(pg_temp.import('everythi', '{m1@x.test,m2@x.test/beta}', 'once', pg_temp.digest('file')), '200 2', 'an import');
SELECT is(pg_temp.import('everythi', '{m1@x.test,m2@x.test/beta}', 'once', pg_temp.digest('file')), '200 2', 'asked again: answered as before');
SELECT is(pg_temp.import('everythi', '{m1@x.test,m2@x.test/beta}', 'twice', pg_temp.digest('file')), '200 0', 'under another token: as it is then');
SELECT is(pg_temp.import('everythi', '{m3@x.test}', 'once', pg_temp.digest('other')), '409 that Idempotency-Key was used for another file', 'another file');
SELECT is(pg_temp.import('newsacme', '{m4@x.test,m5@x.test/beta}'), '403 line 2: this key is not for that account or stream', 'not for others');
SELECT is(pg_temp.import('newsacme', '{m4@x.test}'), '200 1', 'a key for one stream');
SELECT is((SELECT account || '/' || stream || '/' || author FROM carom.suppression WHERE address = 'm4@x.test'), 'acme/news/key newsacme', 'means that one');
SELECT throws_ok($$ SELECT carom.api_import_merge('everythi', pg_temp.digest('everythi')) $$, '55000', NULL, 'rows come first');

-- one click, and no more
SELECT carom.set_verp_key('a', repeat('0f', 32));
CREATE TEMPORARY TABLE tokens AS SELECT carom.verp_token('u@x.test', 7, 'acme') AS good, carom.verp_token('u@x.test', carom.stream_number('acme', 'shop'), 'acme') AS shop,
	carom.verp_token('u@x.test', 7, 'acme', current_date - 500) AS old;
SELECT is((carom.api_unsubscribe(good, 'acme', 'news', false)).status, 200, 'a good token') FROM tokens;
SELECT is((SELECT count(*) FROM carom.suppression WHERE address = 'u@x.test'), 0::bigint, 'only asked, it changes nothing');
SELECT is((carom.api_unsubscribe(good, 'acme', 'news')).status, 200, 'one click') FROM tokens;
SELECT is((SELECT account || '/' || stream || '/' || source FROM carom.suppression WHERE address = 'u@x.test'), 'acme/news/unsubscribe', 'stops that stream');
SELECT is((carom.api_unsubscribe(good, 'acme', 'news')).status, 200, 'again') FROM tokens;
SELECT is((SELECT count(*) FROM carom.event WHERE address = 'u@x.test' AND kind = 'unsubscribe'), 1::bigint, 'counts once');
SELECT is((carom.api_unsubscribe(shop, 'acme', 'other')).status, 200, 'a stream that the table knows') FROM tokens;
SELECT is((SELECT count(*) FROM carom.suppression WHERE address = 'u@x.test' AND stream = 'shop'), 1::bigint, 'is that one, whatever the caller says');
SELECT is((carom.api_unsubscribe(upper(good), 'acme', 'news', false)).status, 200, 'in capitals too') FROM tokens;
SELECT is((carom.api_unsubscribe(t)).status, 404, format('not "%s"', left(t, 20))) FROM (
	SELECT unnest(ARRAY[old, left(good, -1) || CASE WHEN right(good, 1) = 'a' THEN 'b' ELSE 'a' END, left(good, -1), good || 'a', 'b' || right(good, -1), '', repeat('a', 26), E'\'; --', NULL])
	FROM tokens) x(t);

-- the feed
DO $$ BEGIN PERFORM carom.feed_number(10000); END $$;
CREATE FUNCTION pg_temp.feed(id text, after text DEFAULT NULL, what text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(DISTINCT concat_ws('/', coalesce(e ->> 'account', '-'), e ->> 'stream'), ' ' ORDER BY concat_ws('/', coalesce(e ->> 'account', '-'), e ->> 'stream'))
	FROM json_array_elements((carom.api_events(id, pg_temp.digest(id), after, what)).answer::json -> 'results') e $$;
SELECT alike(pg_temp.feed('everythi'), '%beta%', 'the feed of a key for all');
SELECT is(pg_temp.feed('newsacme'), 'acme/news', 'that of a key for one stream');
SELECT is(pg_temp.feed('everythi', 'end'), NULL, 'after its end is nothing yet');
SELECT is(pg_temp.feed('everythi', (carom.api_events('everythi', pg_temp.digest('everythi'), "limit" => 10000)).answer::json ->> 'next'), NULL, 'nor after next');
SELECT is((SELECT count(DISTINCT e ->> 'type') FROM json_array_elements((carom.api_events('everythi', pg_temp.digest('everythi'), what => 'incident')).answer::json -> 'results') e
	WHERE e ->> 'type' NOT LIKE 'incident%'), 0::bigint, 'incidents alone');
SELECT throws_ok($$ SELECT carom.api_events('everythi', pg_temp.digest('everythi'), 'nonsense') $$, '22023', NULL, 'a cursor is one of the feed''s');

SELECT * FROM finish();
ROLLBACK;
