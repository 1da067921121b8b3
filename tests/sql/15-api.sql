-- SPDX-License-Identifier: BSD-2-Clause
-- What the HTTP API asks: keys, scopes, accounts, and what each function answers.
BEGIN;
SELECT plan(94);

CREATE FUNCTION pg_temp.digest(id text) RETURNS text LANGUAGE sql AS $$ SELECT encode(sha256(id::bytea), 'hex') $$;
CREATE FUNCTION pg_temp.key(id text, scopes text[], accounts text[] DEFAULT NULL, streams text[] DEFAULT NULL) RETURNS void LANGUAGE sql AS
	$$ SELECT carom.api_key_add(id, sha256(id::bytea), scopes, accounts, streams) $$;
SELECT pg_temp.key('everythi', '{admin}');
SELECT pg_temp.key('checkers', '{check}', '{acme}');
SELECT pg_temp.key('readacme', '{suppressions:read,events:read}', '{acme}');
SELECT pg_temp.key('writacme', '{suppressions:read,suppressions:write,check}', '{acme}');
SELECT pg_temp.key('releacme', '{suppressions:write,complaints:release}', '{acme}');
SELECT pg_temp.key('newsacme', '{suppressions:read,suppressions:write,check}', '{acme}', '{news}');
SELECT pg_temp.key('twoaccts', '{suppressions:write,reports:read}', '{acme,beta}');

-- keys
SELECT throws_ok($$ SELECT carom.api_key_add('x', sha256('x'), '{check}') $$, '23514', NULL, 'an id has eight letters');
SELECT throws_ok($$ SELECT carom.api_key_add('xxxxxxxx', 'short', '{check}') $$, '23514', NULL, 'a digest has 256 bits');
SELECT throws_ok($$ SELECT carom.api_key_add('xxxxxxxx', sha256('x'), '{all}') $$, '22023', NULL, 'a scope is one of seven');
SELECT throws_ok($$ SELECT carom.api_key_add('xxxxxxxx', sha256('x'), '{check}', NULL, '{news}') $$, '22023', NULL, 'a stream is one of an account');
SELECT throws_ok($$ SELECT carom.api_key_add('xxxxxxxx', sha256('x'), '{check}', expires_at => now()) $$, '22023', NULL, 'a key does not begin expired');

CREATE FUNCTION pg_temp.listed(id text) RETURNS text[] LANGUAGE sql AS $$
	SELECT array_agg(concat_ws('/', e->>'address', e->>'account', e->>'stream')) FROM carom.api_list(id, pg_temp.digest(id)) a,
		json_array_elements(a.answer::json->'results') e $$;
SELECT is((carom.api_list('everythi', pg_temp.digest('everythi'))).status, 200, 'a key opens');
SELECT is((carom.api_list('everythi', pg_temp.digest('x'))).status, 401, 'not without its secret');
SELECT is((carom.api_list('nothingx', pg_temp.digest('x'))).status, 401, 'nor one that there is not');
SELECT is((carom.api_list(NULL, NULL)).status, 401, 'nor none');
SELECT is((SELECT used_on FROM carom.api_key WHERE id = 'everythi'), (now() AT TIME ZONE 'UTC')::date, 'the last day of use is kept');
SELECT is((SELECT used_on FROM carom.api_key WHERE id = 'readacme'), NULL, 'of what was not used it is not');
SELECT pg_temp.key('revokedx', '{admin}');
SELECT is(carom.api_key_revoke('revokedx'), true, 'revoked');
SELECT is(carom.api_key_revoke('revokedx'), false, 'once');
SELECT is((carom.api_list('revokedx', pg_temp.digest('revokedx'))).status, 401, 'and opens nothing');
SELECT carom.api_key_add('expiredx', sha256('expiredx'), '{admin}', expires_at => now() + interval '1 hour');
UPDATE carom.api_key SET expires_at = now() - interval '1 second' WHERE id = 'expiredx';
SELECT is((carom.api_list('expiredx', pg_temp.digest('expiredx'))).status, 401, 'nor does one that has expired');
SELECT results_eq($$ SELECT id, state FROM carom.api_keys() WHERE state <> 'good' ORDER BY 1 $$, $$ VALUES ('expiredx', 'expired'), ('revokedx', 'revoked') $$, 'both are told');

-- scopes: a key without one is refused by each function that wants it
SELECT is((a).status, 403, 'without the scope: ' || what) FROM (VALUES
	('list', carom.api_list('checkers', pg_temp.digest('checkers'))),
	('export', carom.api_export('checkers', pg_temp.digest('checkers'), 'csv')),
	('get', carom.api_get('checkers', pg_temp.digest('checkers'), 'a@x.test')),
	('log', carom.api_log('checkers', pg_temp.digest('checkers'), 'a@x.test')),
	('address', carom.api_address('checkers', pg_temp.digest('checkers'), 'a@x.test')),
	('put', carom.api_put('readacme', pg_temp.digest('readacme'), 'a@x.test', reason => 'r')),
	('delete', carom.api_delete('readacme', pg_temp.digest('readacme'), 'a@x.test', note => 'n')),
	('undo', carom.api_undo('readacme', pg_temp.digest('readacme'), 'n', now(), now(), 'r')),
	('report', carom.api_report('readacme', pg_temp.digest('readacme'), 'providers')),
	('check', carom.api_check('readacme', pg_temp.digest('readacme'), '["a@x.test"]'))) v(what, a);

-- putting and taking off
SELECT is((carom.api_put('writacme', pg_temp.digest('writacme'), 'A@X.test', reason => 'asked', note => 'by phone')).status, 201, 'put');
SELECT results_eq($$ SELECT address, account, stream, spelling, author, note FROM carom.suppression $$,
	$$ VALUES ('a@x.test', 'acme', '', 'A@X.test', 'key writacme', 'by phone') $$, 'for the one account of the key, in its name');
SELECT is((a).status || ' ' || ((a).answer::json->>'done'), '200 kept', 'again: kept')
	FROM (SELECT carom.api_put('writacme', pg_temp.digest('writacme'), 'a@x.test', reason => 'asked') AS a) v;
SELECT is((carom.api_put('writacme', pg_temp.digest('writacme'), 'a@x.test', 'beta', reason => 'r')).status, 403, 'not for another account');
SELECT is((carom.api_put('twoaccts', pg_temp.digest('twoaccts'), 'a@x.test', reason => 'r')).status, 403, 'a key for two says which');
SELECT is((carom.api_put('twoaccts', pg_temp.digest('twoaccts'), 'b@x.test', 'beta', reason => 'r')).status, 201, 'then it may');
SELECT is((carom.api_put('newsacme', pg_temp.digest('newsacme'), 'n@x.test', reason => 'r')).status, 201, 'a key for one stream');
SELECT is((SELECT stream FROM carom.suppression WHERE address = 'n@x.test'), 'news', 'means that one');
SELECT is((carom.api_put('newsacme', pg_temp.digest('newsacme'), 'n@x.test', 'acme', 'receipts', 'r')).status, 403, 'and no other');
SELECT is((carom.api_put('everythi', pg_temp.digest('everythi'), 'g@x.test', reason => 'r')).status, 201, 'for everybody, by a key for all');
SELECT is((carom.api_put('everythi', pg_temp.digest('everythi'), 'g@x.test', NULL, 'news', 'r')).status, 422, 'not a stream of nobody');
SELECT throws_ok($$ SELECT carom.api_put('everythi', pg_temp.digest('everythi'), 'nobody', reason => 'r') $$, '22023', NULL, 'an address is one');
SELECT throws_ok($$ SELECT carom.api_put('everythi', pg_temp.digest('everythi'), 'a@x.test', 'zzz', reason => ' ') $$, '22023', NULL, 'a reason is needed');
INSERT INTO carom.suppression (address, account, spelling, reason, source, author, home)
	VALUES ('c@x.test', 'acme', 'c@x.test', 'complaint:abuse', 'complaint', 'carom', carom._home_of('c@x.test'));
SELECT is((carom.api_delete('writacme', pg_temp.digest('writacme'), 'c@x.test', note => 'n')).status, 403, 'what a person asked for stays');
SELECT is((carom.api_delete('releacme', pg_temp.digest('releacme'), 'c@x.test', note => 'wrote to us')).status, 204, 'but for who may release it');
SELECT is((carom.api_delete('releacme', pg_temp.digest('releacme'), 'c@x.test', note => 'n')).status, 404, 'once');
SELECT throws_ok($$ SELECT carom.api_delete('writacme', pg_temp.digest('writacme'), 'a@x.test', note => ' ') $$, '22023', NULL, 'a note is needed');
SELECT is((carom.api_delete('writacme', pg_temp.digest('writacme'), 'g@x.test', note => 'n')).status, 404, 'a global entry is not of the account');
SELECT is((SELECT author || '/' || note FROM carom.suppression_log WHERE address = 'c@x.test' AND change = 'remove'), 'key releacme/wrote to us', 'the log has the key');

-- what each key sees
SELECT is(pg_temp.listed('everythi'), '{a@x.test/acme,b@x.test/beta,g@x.test,n@x.test/acme/news}', 'all of it');
SELECT is(pg_temp.listed('readacme'), '{a@x.test/acme,n@x.test/acme/news}', 'its account');
SELECT is(pg_temp.listed('newsacme'), '{n@x.test/acme/news}', 'its stream');
SELECT is((carom.api_get('readacme', pg_temp.digest('readacme'), 'b@x.test')).status, 404, 'others'' is not there');
SELECT is((carom.api_get('readacme', pg_temp.digest('readacme'), 'b@x.test', 'beta')).status, 403, 'nor if it is named');
SELECT is((SELECT string_agg(e->>'reason', ' ') FROM json_array_elements((carom.api_get('readacme', pg_temp.digest('readacme'), 'A@x.test')).answer::json->'entries') e),
	'asked', 'its own is');

-- pages
INSERT INTO carom.suppression (address, spelling, reason, source, author, home, since, changed_at)
	SELECT n || '@page.test', n || '@page.test', 'r', 'import', 'x', carom._home_of(n || '@page.test'), now(), now() FROM generate_series(1, 25) n;
CREATE FUNCTION pg_temp.pages(most int) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	a carom.api_answer;
	p text[];
BEGIN
	LOOP
		a := carom.api_list('everythi', pg_temp.digest('everythi'), domain => 'Page.test', "limit" => most, after => p);
		RETURN QUERY SELECT e->>'address' FROM json_array_elements(a.answer::json->'results') e;
		p := a.next;
		EXIT WHEN p IS NULL;
	END LOOP;
END
$$;
SELECT bag_eq('SELECT pg_temp.pages(7)', $$ SELECT n || '@page.test' FROM generate_series(1, 25) n $$, 'pages within one moment have each entry once');
SELECT bag_eq('SELECT pg_temp.pages(25)', $$ SELECT n || '@page.test' FROM generate_series(1, 25) n $$, 'the last one that is full has no next');
SELECT is((carom.api_list('everythi', pg_temp.digest('everythi'), reason => 'none')).answer::json->>'results', '[]', 'nothing is an empty list');
SELECT pg_temp.key('wideacct', '{suppressions:read}', '{wide}');
INSERT INTO carom.suppression (address, account, spelling, reason, source, provider, author, home, since, changed_at)
	SELECT a, 'wide', a, CASE WHEN n % 9999 = 1 THEN 'rare' ELSE 'r' END, 'import', CASE WHEN n = 24000 THEN 'gmail' ELSE '' END, 'x', carom._home_of(a), t, t
	FROM generate_series(1, 25000) n, LATERAL (SELECT to_char(n, 'FM00000') || CASE n WHEN 24500 THEN '@rare.test' ELSE '@wide.test' END, now() + n * interval '1 ms') v(a, t);
ANALYZE carom.suppression;
CREATE FUNCTION pg_temp.find(id text, domain text DEFAULT NULL, reason text DEFAULT NULL, provider text DEFAULT NULL, "limit" int DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	a carom.api_answer;
	p text[];
	n int := 0;
	found text[] := '{}';
BEGIN
	LOOP
		a := carom.api_list(id, pg_temp.digest(id), domain => domain, reason => reason, provider => provider, "limit" => find."limit", after => p);
		found := found || ARRAY(SELECT left(e->>'address', 5) FROM json_array_elements(a.answer::json->'results') e);
		n := n + 1;
		p := a.next;
		EXIT WHEN p IS NULL;
	END LOOP;
	RETURN CASE WHEN cardinality(found) > 9 THEN cardinality(found)::text ELSE array_to_string(found, ' ') END || ' in ' || n;
END
$$;
SELECT is(pg_temp.find(id, reason => 'rare'), '00001 10000 19999 in 3', 'a rare reason in short pages, ' || id) FROM unnest(ARRAY['everythi', 'wideacct']) id;
SELECT alike(pg_temp.find(id, reason => 'rare', "limit" => 1), '00001 10000 19999 in %', 'one by one, ' || id) FROM unnest(ARRAY['everythi', 'wideacct']) id;
SELECT is(pg_temp.find(id, provider => 'gmail'), '24000 in 3', 'a rare provider, ' || id) FROM unnest(ARRAY['everythi', 'wideacct']) id;
SELECT is(pg_temp.find(id, domain => 'rare.test'), '24500 in 3', 'a rare domain, ' || id) FROM unnest(ARRAY['everythi', 'wideacct']) id;
SELECT is(pg_temp.find('wideacct', "limit" => 7000), '25000 in 4', 'all of an account');
SELECT is((carom.api_list('wideacct', pg_temp.digest('wideacct'), after => '{2026-01-01,a@b.test,"",""}')).status, 422, 'a page goes on with its own question');
CREATE FUNCTION pg_temp.looked_at(question text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
	before bigint;
	after_ bigint;
BEGIN
	SELECT seq_tup_read + idx_tup_fetch INTO before FROM pg_stat_xact_user_tables WHERE relid = 'carom.suppression'::regclass;
	EXECUTE question;
	SELECT seq_tup_read + idx_tup_fetch INTO after_ FROM pg_stat_xact_user_tables WHERE relid = 'carom.suppression'::regclass;
	RETURN after_ - before;
END
$$;
SELECT cmp_ok(pg_temp.looked_at(format($$ SELECT carom.api_list(%L, pg_temp.digest(%L), reason => 'none') $$, id, id)), '<=', 20001::numeric, 'no more is looked at than that, ' || id)
	FROM unnest(ARRAY['everythi', 'wideacct']) id;
DELETE FROM carom.suppression WHERE account = 'wide';
SELECT is((SELECT count(*) FROM regexp_split_to_table((carom.api_export('everythi', pg_temp.digest('everythi'), 'csv')).answer, E'\r\n')), 31::bigint, 'an export has a head and all');
SELECT is(carom._api_csv('a', NULL, 'b,"c"', E'd\ne'), E'a,,"b,""c""","d\ne"\r\n', 'cells are quoted as RFC 4180 says');
SELECT is(carom._api_csv('@x.test', '=1+1', '''', 'a=b'), E'''@x.test,''=1+1,'''',a=b\r\n', 'and no formula is one');

-- may it be mailed?
CREATE FUNCTION pg_temp.allowed(id text, address text, account text DEFAULT NULL, stream text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT (e->>'allowed') || coalesce(' ' || (e->'entries'->0->>'lifted_by'), '') || coalesce(' ' || (e->>'error'), '')
	FROM json_array_elements((carom.api_check(id, pg_temp.digest(id), jsonb_build_array(address), account, stream)).answer::json->'results') e $$;
SELECT is(pg_temp.allowed('checkers', 'free@x.test'), 'true', 'who is on no list');
SELECT is(pg_temp.allowed('checkers', 'A@x.test'), 'false a key with suppressions:write', 'who is on that of the account');
SELECT is(pg_temp.allowed('writacme', 'g@x.test'), 'false staff', 'who is on everybody''s, and who may lift it');
SELECT is(pg_temp.allowed('writacme', 'a@x.test'), 'false this key', 'or this key itself');
SELECT is(pg_temp.allowed('writacme', 'n@x.test', 'acme', 'receipts'), 'true', 'another stream');
SELECT is(pg_temp.allowed('writacme', 'half'), 'false no address', 'half an address is never allowed');
SELECT is(pg_temp.allowed('checkers', 'b@x.test'), 'true', 'another account''s list keeps nobody from this one');
SELECT carom.suppress('@.below.test', 'closed'), carom.suppress('p@x.test', 'asked', 'acme', source => 'import'),
	carom.set_transactional_streams('{receipts}', 'n');
UPDATE carom.suppression SET source = 'unsubscribe', reason = 'unsubscribe_request' WHERE address = 'p@x.test';
SELECT is(pg_temp.allowed('checkers', 'a@mail.below.test'), 'false staff', 'below a domain that is on it');
SELECT is(pg_temp.allowed('checkers', 'a@below.test'), 'true', 'the domain itself is not');
SELECT is(pg_temp.allowed('checkers', 'p@x.test', 'acme', 'news'), 'false a key with suppressions:write', 'an unsubscribe stops the newsletter');
SELECT is(pg_temp.allowed('checkers', 'p@x.test', 'acme', 'receipts'), 'true', 'and no receipt');
SELECT carom.forget('p@x.test');
SELECT is(pg_temp.allowed('checkers', 'P@x.test', 'acme', 'news'), 'false a key with suppressions:write', 'who is forgotten is refused');
SELECT is((carom.api_get('everythi', pg_temp.digest('everythi'), 'p@x.test')).status, 200, 'is found by the address');
SELECT is((carom.api_put('everythi', pg_temp.digest('everythi'), 'p@x.test', 'acme', NULL, 'again')).answer::json ->> 'done', 'kept', 'is suppressed again by it');
SELECT is((SELECT count(*) FROM carom.suppression WHERE address = 'p@x.test'), 0::bigint, 'and stays forgotten');
SELECT is((carom.api_delete('everythi', pg_temp.digest('everythi'), 'p@x.test', 'acme', NULL, 'n')).status, 204, 'and is taken off by it');

-- the rest
SELECT is((SELECT string_agg(e->>'change', ' ') FROM json_array_elements((carom.api_log('everythi', pg_temp.digest('everythi'), 'c@x.test')).answer::json->'results') e),
	'remove', 'the log');
SELECT is((carom.api_address('readacme', pg_temp.digest('readacme'), 'a@x.test')).answer::json->'changes'->0->>'change', 'add', 'the story');
SELECT is((carom.api_report('everythi', pg_temp.digest('everythi'), 'nothing')).status, 404, 'no report of that name');
SELECT is((SELECT (a).status FROM (SELECT carom.api_report('everythi', pg_temp.digest('everythi'), n) AS a) x), 200, 'report ' || n)
	FROM unnest(ARRAY['providers', 'categories', 'balance']) n;

-- the role
SET LOCAL ROLE carom_api;
SELECT is((carom.api_list('checkers', repeat('0', 64))).status, 401, 'the role asks');
RESET ROLE;
SELECT is_empty($$ SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'carom'::regnamespace AND has_function_privilege('carom_api', p.oid, 'EXECUTE')
	AND (p.proname !~ '^(api_|feed_number$)' OR p.proname ~ '^api_key') $$, 'and may do nothing without a key');
SELECT is_empty($$ SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'carom'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'S')
	AND (has_any_column_privilege('carom_api', c.oid, 'SELECT, INSERT, UPDATE') OR has_table_privilege('carom_api', c.oid, 'DELETE, TRUNCATE')) $$,
	'nor read or write a table');

SELECT * FROM finish();
ROLLBACK;
