-- SPDX-License-Identifier: BSD-2-Clause
-- What programs written for SparkPost and SendGrid ask.
BEGIN;
SELECT plan(54);

CREATE FUNCTION pg_temp.digest(id text) RETURNS text LANGUAGE sql AS $$ SELECT encode(sha256(id::bytea), 'hex') $$;
CREATE FUNCTION pg_temp.key(id text, scopes text[], accounts text[] DEFAULT NULL, streams text[] DEFAULT NULL) RETURNS void LANGUAGE sql AS
	$$ SELECT carom.api_key_add(id, sha256(id::bytea), scopes, accounts, streams) $$;
SELECT pg_temp.key('everythi', '{admin}');
SELECT pg_temp.key('checkers', '{check}', '{acme}');
SELECT pg_temp.key('writacme', '{suppressions:read,suppressions:write,events:read}', '{acme}');
SELECT pg_temp.key('newsacme', '{suppressions:read,suppressions:write}', '{acme}', '{news}');
SELECT carom.set_transactional_streams('{receipts}', 'for the test');

-- keys
SELECT is((a).status, 403, 'without the scope: ' || what) FROM (VALUES
	('sparkpost list', carom.api_sparkpost_list('checkers', pg_temp.digest('checkers'))),
	('sparkpost summary', carom.api_sparkpost_summary('checkers', pg_temp.digest('checkers'))),
	('sparkpost get', carom.api_sparkpost_get('checkers', pg_temp.digest('checkers'), NULL, 'a@x.test')),
	('sparkpost put', carom.api_sparkpost_put('checkers', pg_temp.digest('checkers'), NULL, '[{"recipient": "a@x.test", "type": "transactional"}]')),
	('sparkpost delete', carom.api_sparkpost_delete('checkers', pg_temp.digest('checkers'), NULL, 'a@x.test')),
	('sparkpost events', carom.api_sparkpost_events('checkers', pg_temp.digest('checkers'))),
	('sendgrid list', carom.api_sendgrid_list('checkers', pg_temp.digest('checkers'), NULL, 'bounces')),
	('sendgrid get', carom.api_sendgrid_get('checkers', pg_temp.digest('checkers'), NULL, 'bounces', 'a@x.test')),
	('sendgrid delete', carom.api_sendgrid_delete('checkers', pg_temp.digest('checkers'), NULL, 'bounces', 'a@x.test')),
	('sendgrid add', carom.api_sendgrid_add_global('checkers', pg_temp.digest('checkers'), NULL, '["a@x.test"]')),
	('sendgrid groups', carom.api_sendgrid_groups('checkers', pg_temp.digest('checkers'), NULL)),
	('sendgrid group', carom.api_sendgrid_group('checkers', pg_temp.digest('checkers'), NULL, 1024)),
	('sendgrid make group', carom.api_sendgrid_make_group('checkers', pg_temp.digest('checkers'), NULL, 'news')),
	('sendgrid members', carom.api_sendgrid_members('checkers', pg_temp.digest('checkers'), NULL, 1024)),
	('sendgrid leave', carom.api_sendgrid_leave('checkers', pg_temp.digest('checkers'), NULL, 1024, 'a@x.test')),
	('sendgrid all', carom.api_sendgrid_all('checkers', pg_temp.digest('checkers'), NULL)),
	('sendgrid groups of', carom.api_sendgrid_groups_of('checkers', pg_temp.digest('checkers'), NULL, 'a@x.test'))) v(what, a);
SELECT is((carom.api_sparkpost_list('everythi', pg_temp.digest('x'))).status, 401, 'nor without a key');
SELECT is((carom.api_sparkpost_list('writacme', pg_temp.digest('writacme'), 'beta')).status, 403, 'nor in another''s account');
SELECT is((carom.api_sendgrid_list('writacme', pg_temp.digest('writacme'), 'beta', 'bounces')).status, 403, 'by either');

-- SparkPost: putting and taking off
CREATE FUNCTION pg_temp.put(entries jsonb, account text DEFAULT NULL, id text DEFAULT 'everythi') RETURNS text LANGUAGE sql AS $$
	SELECT (a).status || ' ' || (a).answer FROM (SELECT carom.api_sparkpost_put(id, pg_temp.digest(id), account, entries) AS a) x $$;
SELECT matches(pg_temp.put('[{"recipient": "A+1@x.test", "type": "non_transactional", "description": "asked"}, {"recipient": "b@x.test", "transactional": true, "non_transactional": true}]', 'acme'), '^200', 'put');
SELECT is((SELECT count(*) FROM carom.suppressed('a+1@x.test', 'acme', 'receipts')), 0::bigint, 'non_transactional lets receipts through');
SELECT is((SELECT count(*) FROM carom.suppressed('a+1@x.test', 'acme', 'news')), 1::bigint, 'and stops the rest');
SELECT is((SELECT count(*) FROM carom.suppressed('b@x.test', 'acme', 'receipts')), 1::bigint, 'transactional stops receipts');
SELECT matches(pg_temp.put('[{"recipient": "c@x.test", "type": "transactional"}, {"recipient": "half", "type": "transactional"}]', 'acme'), '^422 recipient 2: invalid', 'one that is wrong is named');
SELECT is((SELECT count(*) FROM carom.suppression WHERE address = 'c@x.test'), 0::bigint, 'and none is taken');
SELECT matches(pg_temp.put('[{"recipient": "c@x.test"}]'), '^422 .*Must supply a suppression type', 'a type is needed');
SELECT matches(pg_temp.put('[{"recipient": "c@x.test", "type": "all"}]'), '^422 .*Type must be one of', 'one that there is');
SELECT matches(pg_temp.put('[{"recipient": "a+1@x.test", "type": "transactional"}]', 'acme'), '^200', 'a wider type later');
SELECT is((SELECT count(*) FROM carom.suppressed('a+1@x.test', 'acme', 'receipts')), 1::bigint, 'widens it');
SELECT matches(pg_temp.put('[{"recipient": "l@x.test", "type": "non_transactional", "list_id": "news"}]', NULL, 'newsacme'), '^200', 'a list_id is a stream');
SELECT matches(pg_temp.put('[{"recipient": "l@x.test", "type": "non_transactional"}]', NULL, 'newsacme'), '^422', 'a key for a stream puts nothing for all');
SELECT is((SELECT string_agg(concat_ws('/', account, stream), ' ') FROM carom.suppression WHERE address = 'l@x.test'), 'acme/news', 'it did not');
INSERT INTO carom.suppression (address, account, spelling, reason, source, author, home)
	VALUES ('p@x.test', 'acme', 'p@x.test', 'complaint:abuse', 'complaint', 'carom', carom._home_of('p@x.test')),
		('h@x.test', 'acme', 'h@x.test', 'recipient_unknown', 'bounce', 'carom', carom._home_of('h@x.test')),
		('i@x.test', 'acme', 'i@x.test', 'domain_unknown', 'bounce', 'carom', carom._home_of('i@x.test')),
		('o@x.test', 'beta', 'o@x.test', 'recipient_unknown', 'bounce', 'carom', carom._home_of('o@x.test'));
SELECT matches(pg_temp.put('[{"recipient": "p@x.test", "type": "transactional"}]', 'acme'), '^422 .*a person said so', 'a person''s own word is not overwritten');
SELECT is((carom.api_sparkpost_delete('writacme', pg_temp.digest('writacme'), NULL, 'p@x.test')).status, 403, 'nor taken off without the scope');
SELECT is((carom.api_sparkpost_delete('everythi', pg_temp.digest('everythi'), 'acme', 'b@x.test', 'transactional')).status, 422, 'an entry for both is not halved');
SELECT is((carom.api_sparkpost_delete('writacme', pg_temp.digest('writacme'), NULL, 'b@x.test')).status, 204, 'deleted');
SELECT is((carom.api_sparkpost_delete('writacme', pg_temp.digest('writacme'), NULL, 'b@x.test')).status, 404, 'once');

-- SparkPost: reading
CREATE FUNCTION pg_temp.pages(id text, most int, down text DEFAULT NULL, types text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	a carom.api_answer;
	p text[];
	found text[] := '{}';
BEGIN
	LOOP
		a := carom.api_sparkpost_list(id, pg_temp.digest(id), types => types, cursor => p, per_page => most, sort => down);
		found := found || ARRAY(SELECT (e ->> 'recipient') || left(e ->> 'type', 1) FROM json_array_elements(a.answer::json -> 'results') e);
		p := a.next;
		EXIT WHEN p IS NULL;
	END LOOP;
	RETURN (SELECT string_agg(f, ' ' ORDER BY f) || ' ' || count(*) FROM unnest(found) f);
END
$$;
SELECT is(pg_temp.pages('writacme', n, d), 'a+1@x.testn a+1@x.testt h@x.testn h@x.testt i@x.testn i@x.testt l@x.testn p@x.testn 8', format('pages of %s %s have each entry once', n, d))
	FROM (VALUES (1, NULL), (3, NULL), (3, 'desc'), (100, NULL)) v(n, d);
SELECT is(pg_temp.pages('writacme', 2, NULL, 'transactional'), 'a+1@x.testt h@x.testt i@x.testt 3', 'of one type');
SELECT is(pg_temp.pages('newsacme', 2), 'l@x.testn 1', 'a key for a stream sees that');
SELECT is((carom.api_sparkpost_list('writacme', pg_temp.digest('writacme'), cursor => '{}', per_page => 3)).next[6], '8',
	'the number of all goes from page to page, so that it is counted once');
SELECT is(a.answer || coalesce(a.next::text, ''), '{"results" : [], "total_count" : 0}', 'no event is a whole page')
	FROM carom.api_sparkpost_events('writacme', pg_temp.digest('writacme')) a;
SELECT is((carom.api_sparkpost_summary('writacme', pg_temp.digest('writacme'))).answer::json -> 'results' ->> 'total', '5', 'summary');
SELECT is((carom.api_sparkpost_get('writacme', pg_temp.digest('writacme'), NULL, 'o@x.test')).status, 404, 'another''s is not found');

-- SendGrid
CREATE FUNCTION pg_temp.sg(list text, id text DEFAULT 'writacme') RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(e ->> 'email', ' ' ORDER BY e ->> 'email') FROM json_array_elements((carom.api_sendgrid_list(id, pg_temp.digest(id), NULL, list)).answer::json) e $$;
SELECT results_eq($$ SELECT l, pg_temp.sg(l) FROM unnest(ARRAY['bounces', 'invalid_emails', 'spam_reports', 'unsubscribes', 'blocks']) l $$,
	$$ VALUES ('bounces', 'h@x.test'), ('invalid_emails', 'i@x.test'), ('spam_reports', 'p@x.test'), ('unsubscribes', 'a+1@x.test'), ('blocks', NULL) $$, 'each entry on one list');
SELECT is((carom.api_sendgrid_delete('writacme', pg_temp.digest('writacme'), NULL, 'spam_reports', 'p@x.test')).status, 403, 'a complaint stays');
SELECT is((carom.api_sendgrid_delete('writacme', pg_temp.digest('writacme'), NULL, 'bounces', 'i@x.test')).status, 404, 'what is on another list is not on this one');
SELECT is((carom.api_sendgrid_delete('everythi', pg_temp.digest('everythi'), 'acme', 'bounces', NULL, '["x@x.test"]', true)).status, 422, 'all or some');
SELECT is((carom.api_sendgrid_delete('everythi', pg_temp.digest('everythi'), 'acme', 'bounces', NULL, NULL, true)).status, 204, 'all');
SELECT is(pg_temp.sg('bounces', 'everythi'), 'o@x.test', 'of that account');

SELECT * FROM finish();
ROLLBACK;
