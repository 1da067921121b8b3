-- SPDX-License-Identifier: BSD-2-Clause
-- Webhooks: what becomes a delivery, once; claims, ends, replay; secrets and who sees them.
BEGIN;
SELECT plan(120);

-- the list of this test: one bounce of acme/news, a change for it, and one of beta
CREATE FUNCTION pg_temp.happen(who text, account text, stream text DEFAULT '') RETURNS void LANGUAGE sql AS
	$$ SELECT carom.suppress(who, 'asked', account, stream); SELECT carom.feed_number() $$;
CREATE FUNCTION pg_temp.sent() RETURNS SETOF record LANGUAGE sql AS $$ SELECT * FROM carom.webhook_claim(60) $$;
CREATE TEMP TABLE hook (name text PRIMARY KEY, id text, secret text);
CREATE TEMP TABLE claim AS SELECT * FROM carom.webhook_claim(1) LIMIT 0;
CREATE FUNCTION pg_temp.hook(name text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT h.id FROM hook h WHERE h.name = hook.name $$;
CREATE FUNCTION pg_temp.claim() RETURNS int LANGUAGE plpgsql AS $$
	DECLARE n int; BEGIN DELETE FROM claim; INSERT INTO claim SELECT * FROM carom.webhook_claim(60); GET DIAGNOSTICS n = ROW_COUNT; RETURN n; END $$;
CREATE FUNCTION pg_temp.end_(outcome text, wait int DEFAULT 0, rest int DEFAULT NULL, status int DEFAULT 200) RETURNS text LANGUAGE sql AS
	$$ SELECT string_agg(carom.webhook_told(c.delivery, c.attempt, outcome, wait, rest, status, 'e', 'said', 5), ' ') FROM claim c $$;

-- adding
SELECT throws_ok(format('SELECT carom.webhook_add(%L)', u), '22023', NULL, 'no webhook: ' || u)
	FROM unnest(ARRAY['ftp://a.test/', 'https://', 'https://user:word@a.test/', 'https://a.test/ x', 'a.test', 'https://a.test' || repeat('/x', 1000)]) u;
SELECT throws_ok($$ SELECT carom.webhook_add('https://a.test/', '{bounces}') $$, '22023', NULL, 'a type is one of the feed');
SELECT throws_ok($$ SELECT carom.webhook_add('https://a.test/', NULL, NULL, 'news') $$, '22023', NULL, 'a stream is one of an account');
SELECT throws_ok($$ SELECT carom.webhook_add('https://a.test/', after => '7-00000000') $$, 'CAF02', NULL, 'nor does it begin anywhere');
SELECT pg_temp.happen('before@x.test', 'acme');
INSERT INTO hook SELECT 'all', * FROM carom.webhook_add('https://a.test/hook?x=1', note => 'n');
INSERT INTO hook SELECT 'acme', * FROM carom.webhook_add('https://b.test', '{suppression}', 'acme');
INSERT INTO hook SELECT 'news', * FROM carom.webhook_add('https://c.test', '{suppression.added,bounce}', 'acme', 'news');
INSERT INTO hook SELECT 'past', * FROM carom.webhook_add('https://d.test', after => 'start');
INSERT INTO hook SELECT 'none', * FROM carom.webhook_add('https://e.test', '{complaint}');
SELECT is((SELECT count(*) FROM hook WHERE secret ~ '^whsec_[A-Za-z0-9+/]{43}=$' AND id ~ '^[a-z2-7]{8}$'), 5::bigint, 'each has a secret of its own form');
SELECT is((SELECT count(DISTINCT secret) FROM hook), 5::bigint, 'and of its own');
SELECT is((SELECT note FROM carom.webhooks() WHERE id = pg_temp.hook('all')), 'n', 'and a note');
SELECT throws_ok(format('SELECT carom.webhook_change(%L, %L)', pg_temp.hook('all'), 'nonsense'), '22023', NULL, 'a change is held to the same');
SELECT is(carom.webhook_change(pg_temp.hook('none'), 'https://e.test/new', '{complaint}'), true, 'it can be changed');
SELECT is(carom.webhook_change('nnnnnnnn', 'https://e.test/new'), false, 'if it is there');

-- taking
SELECT pg_temp.happen('one@x.test', 'acme', 'news'), pg_temp.happen('two@x.test', 'acme'), pg_temp.happen('three@x.test', 'beta');
SELECT is(carom.webhook_take(2), 2, 'a page at a time');
SELECT ok(carom.webhook_take() BETWEEN 1 AND 500, 'and the rest');
SELECT is(carom.webhook_take(), 0, 'and then nothing');
CREATE FUNCTION pg_temp.told(name text) RETURNS text[] LANGUAGE sql AS $$
	SELECT array_agg(split_part(d.address, '@', 1) ORDER BY d.id) FROM carom.webhook_deliveries(pg_temp.hook(name)) d $$;
SELECT is(pg_temp.told('all'), '{one,two,three}', 'from now on, all of it, in order');
SELECT is(pg_temp.told('acme'), '{one,two}', 'of one account');
SELECT is(pg_temp.told('news'), '{one}', 'of one stream');
SELECT is(pg_temp.told('past'), '{before,one,two,three}', 'from the beginning');
SELECT is(pg_temp.told('none'), NULL, 'of one type');
SELECT is((SELECT sum(behind) FROM carom.webhooks()), 0::numeric, 'all have read all');
SELECT is((SELECT array_agg(waiting ORDER BY created_at, id) FROM carom.webhooks() WHERE id = pg_temp.hook('all')), '{3}', 'what waits is told');

-- the body, and its bound
SELECT is((SELECT array[body::json->>'type', body::json->'data'->>'address', (body::json->>'timestamp' ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$')::text]
	FROM carom.webhook_delivery WHERE webhook = pg_temp.hook('news')), '{suppression.added,one@x.test,true}', 'the body is that of Standard Webhooks');
SELECT ok(octet_length(b) < 1000 AND b::json->'data'->>'cut' = 'true' AND b::json->'data'->>'address' = 'a@x.test', 'a huge one is cut')
	FROM (SELECT carom._webhook_body('bounce', now(), jsonb_build_object('address', 'a@x.test', 'diagnostic', repeat('x', 40000))) AS b) v;

-- claiming
SELECT is(pg_temp.claim(), 4, 'one a webhook at a time');
SELECT is((SELECT message FROM claim WHERE webhook = pg_temp.hook('all')), pg_temp.hook('all') || '-' ||
	(SELECT cursor FROM carom.feed() WHERE item->>'address' = 'one@x.test'), 'its id is of the webhook and the row of the feed');
SELECT is((SELECT secrets FROM claim WHERE webhook = pg_temp.hook('all')), (SELECT substr(secret, 7) FROM hook WHERE name = 'all'), 'with its secret');
SELECT is(pg_temp.claim(), 0, 'what is under way is not claimed again');
SELECT is((SELECT count(*) FROM carom.webhook_delivery WHERE leased_until > now()), 4::bigint, 'for a time');
UPDATE carom.webhook_delivery SET leased_until = now() - interval '1 second' WHERE leased_until IS NOT NULL;
SELECT is(pg_temp.claim(), 4, 'then it is: who had it was killed');
SELECT is((SELECT max(attempt) FROM claim), 2, 'as the second attempt');
SELECT is(carom.webhook_told(delivery, 1, 'dead'), NULL, 'what the first comes to is nothing any more') FROM claim WHERE webhook = pg_temp.hook('all');
SELECT is((SELECT state FROM carom.webhook_delivery WHERE id = (SELECT delivery FROM claim WHERE webhook = pg_temp.hook('all'))), 'waiting', 'as if not told');

-- ends
SELECT is(pg_temp.end_('delivered'), NULL, 'delivered');
SELECT results_eq($$ SELECT state, attempts, status, answer, took, address FROM carom.webhook_deliveries(pg_temp.hook('news')) $$,
	$$ VALUES ('delivered', 2, 200, 'said', 5, NULL) $$, 'is a row, and tells no address any more');
SELECT isnt((SELECT delivered_at FROM carom.webhooks() WHERE id = pg_temp.hook('news')), NULL, 'the webhook has succeeded');
DELETE FROM carom.webhook WHERE id <> pg_temp.hook('all');
SELECT is(pg_temp.claim(), 1, 'then the next one');
SELECT is(pg_temp.end_('waiting', 300, NULL, 500), NULL, 'fails');
SELECT is(pg_temp.claim(), 1, 'and another one goes on');
SELECT is(pg_temp.end_('waiting', 300, 600, 429), NULL, 'is asked to wait');
UPDATE carom.webhook_delivery SET next_at = now();
SELECT is(pg_temp.claim(), 0, 'and so nothing at all goes there');
UPDATE carom.webhook SET rest_until = now();
SELECT is(pg_temp.claim(), 1, 'until then');
SELECT is(pg_temp.end_('dead', 0, NULL, 404), NULL, 'given up');
SELECT is((SELECT dead FROM carom.webhooks()), 1::bigint, 'is counted');
SELECT isnt((SELECT failing_since FROM carom.webhooks()), NULL, 'and the webhook fails');
UPDATE carom.webhook SET failing_since = now() - interval '3 days';
SELECT is(pg_temp.claim(), 1, 'three days later');
SELECT matches(pg_temp.end_('waiting', 300, NULL, 500), '^nothing was delivered since ', 'it is disabled');
SELECT results_eq('SELECT state, why LIKE ''nothing was%'' FROM carom.webhooks()', $$ VALUES ('disabled', true) $$, 'and says why');
UPDATE carom.webhook_delivery SET next_at = now();
SELECT is(pg_temp.claim(), 0, 'nothing is sent');
SELECT pg_temp.happen('four@x.test', 'acme');
SELECT is(carom.webhook_take(), 0, 'nor taken');
SELECT is(carom.webhook_resume(pg_temp.hook('all')), true, 'resumed');
SELECT is(carom.webhook_take(), 1, 'it goes on where it was');
SELECT is(pg_temp.claim(), 1, 'and sends what waited');
SELECT matches(pg_temp.end_('gone', 0, NULL, 410), '410', 'a 410 ends it at once');
SELECT is((SELECT state FROM carom.webhooks()), 'disabled', 'as it wanted');

-- a test of one that is disabled
SELECT matches(carom.webhook_test(pg_temp.hook('all')), '^[a-z2-7]{8}-test-', 'a test');
SELECT is(pg_temp.claim(), 1, 'is sent all the same');
SELECT is((SELECT body::json->>'type' FROM claim), 'webhook.test', 'alone');
SELECT is(pg_temp.end_('waiting', 300, NULL, 500), NULL, 'once');
SELECT is(pg_temp.claim(), 0, 'and not again');
SELECT is(carom.webhook_test('nnnnnnnn'), NULL, 'if it is there');

-- replay
SELECT carom.webhook_resume(pg_temp.hook('all'));
UPDATE carom.webhook_delivery SET state = 'delivered';
CREATE TEMP TABLE before AS SELECT message, id FROM carom.webhook_delivery;
SELECT is(carom.webhook_replay(pg_temp.hook('all'), 'start'), (SELECT last - kept_from + 1 FROM carom.feed_head), 'from the beginning');
SELECT carom.webhook_take();
SELECT is((SELECT count(*) FROM carom.webhook_delivery d JOIN before USING (message, id) WHERE d.state = 'waiting'), 4::bigint, 'what was told is told again under its id');
SELECT is(carom.webhook_replay(pg_temp.hook('all'), since => now() + interval '1 hour'), 0::bigint, 'since a time to come: nothing');
SELECT is(carom.webhook_replay(pg_temp.hook('all'), since => now() - interval '1 hour'), (SELECT last - kept_from + 1 FROM carom.feed_head), 'since an hour: all');
SELECT throws_ok(format('SELECT carom.webhook_replay(%L, %L)', pg_temp.hook('all'), '999999-00000000'), 'CAF02', NULL, 'not after what never was');
SELECT throws_ok(format('SELECT carom.webhook_replay(%L)', pg_temp.hook('all')), '22023', NULL, 'not without a beginning');
SELECT is(carom.webhook_replay('nnnnnnnn', 'start'), NULL, 'nor where there is no webhook');
UPDATE carom.webhook_delivery SET state = CASE WHEN id % 2 = 0 THEN 'dead' ELSE 'delivered' END WHERE type <> 'webhook.test';
SELECT is(carom.webhook_replay(pg_temp.hook('all'), dead => true), (SELECT count(*) FROM carom.webhook_delivery WHERE state = 'dead'), 'or only what was given up');

-- what was pruned from under a webhook is not passed over in silence
UPDATE carom.webhook SET cursor = '1-00000000';
UPDATE carom.feed_head SET kept_from = 3;
SELECT is(carom.webhook_take(), 0, 'the feed no longer has what it wants');
SELECT matches((SELECT state || ' ' || why FROM carom.webhooks()), '^disabled the feed no longer has', 'and it says so');
UPDATE carom.feed_head SET kept_from = 1;

-- secrets
CREATE FUNCTION pg_temp.good() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM carom.webhook_secret WHERE expires_at IS NULL OR expires_at > now() $$;
UPDATE hook SET secret = carom.webhook_rotate(id) WHERE name = 'all';
SELECT is(pg_temp.good(), 2::bigint, 'two secrets are good for a time');
SELECT matches((SELECT secret FROM hook WHERE name = 'all'), '^whsec_', 'the new one is told');
SELECT carom.webhook_resume(pg_temp.hook('all'));
SELECT is(pg_temp.claim(), 1, 'a delivery');
SELECT is((SELECT 'whsec_' || split_part(secrets, ' ', 1) FROM claim), (SELECT secret FROM hook WHERE name = 'all'), 'is signed with the new one first');
SELECT is((SELECT cardinality(string_to_array(secrets, ' ')) FROM claim), 2, 'and with the one before');
SELECT carom.webhook_rotate(pg_temp.hook('all'));
SELECT is(pg_temp.good(), 2::bigint, 'never three');
SELECT carom.webhook_rotate(pg_temp.hook('all'), 0);
SELECT is(pg_temp.good(), 1::bigint, 'or at once alone');
SELECT throws_ok(format('SELECT carom.webhook_rotate(%L, 721)', pg_temp.hook('all')), '22023', NULL, 'not for ever');
SELECT is(carom.webhook_rotate('nnnnnnnn'), NULL, 'of one that there is');

-- prune
UPDATE carom.webhook_delivery SET state = 'delivered', tried_at = now() - interval '8 days';
SELECT is(carom.prune_webhooks(2), 2::bigint, 'old deliveries go, so many at a time');
UPDATE carom.webhook_delivery SET state = 'dead';
SELECT is(carom.prune_webhooks(), 0::bigint, 'not those that somebody may ask for');
UPDATE carom.webhook_delivery SET tried_at = now() - interval '91 days';
SELECT cmp_ok(carom.prune_webhooks(), '>', 0::bigint, 'for ninety days');

-- who may
SET LOCAL ROLE carom_webhooks;
SELECT lives_ok('SELECT carom.feed_number(), carom.webhook_take(), carom.webhook_claim(1), carom.webhook_told(0, 1, ''dead'')', 'the sender sends');
RESET ROLE;
SELECT set_eq($$ SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'carom'::regnamespace AND has_function_privilege('carom_webhooks', p.oid, 'EXECUTE') $$,
	ARRAY['feed_number', 'webhook_take', 'webhook_claim', 'webhook_told'], 'and may do nothing else');
SELECT is_empty($$ SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'carom'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'S')
	AND (has_any_column_privilege('carom_webhooks', c.oid, 'SELECT, INSERT, UPDATE') OR has_table_privilege('carom_webhooks', c.oid, 'DELETE, TRUNCATE')) $$,
	'nor read or write a table');
SET LOCAL ROLE carom_staff;
SELECT lives_ok(q, 'staff: ' || q) FROM unnest(ARRAY['SELECT * FROM carom.webhooks()', 'SELECT carom.webhook_add(''https://s.test'')', 'SELECT FROM carom.webhook, carom.webhook_delivery',
	'SELECT carom.webhook_pause(''n''), carom.webhook_resume(''n''), carom.webhook_remove(''n''), carom.webhook_rotate(''n''), carom.webhook_test(''n''), carom.webhook_replay(''n'', ''start'')']) q;
SELECT throws_ok(q, '42501', NULL, 'staff do not ' || q) FROM unnest(ARRAY['SELECT FROM carom.webhook_secret', 'SELECT carom.webhook_claim(1)', 'UPDATE carom.webhook SET url = ''''']) q;
RESET ROLE;
SELECT is(carom.webhook_remove(pg_temp.hook('all')), true, 'removed');
SELECT is_empty(format('SELECT FROM carom.webhook_delivery WHERE webhook = %L UNION ALL SELECT FROM carom.webhook_secret WHERE webhook = %1$L', pg_temp.hook('all')), 'with all that was its own');

-- over HTTP: one function an endpoint
CREATE FUNCTION pg_temp.digest(id text) RETURNS text LANGUAGE sql AS $$ SELECT encode(sha256(id::bytea), 'hex') $$;
SELECT carom.api_key_add(k, sha256(k::bytea), s, a) FROM (VALUES ('adminall', '{admin}'::text[], NULL::text[]), ('adminacm', '{admin}', '{acme}'), ('eventsal', '{events:read}', NULL)) v(k, s, a);
DELETE FROM carom.webhook;
DELETE FROM hook;
INSERT INTO hook SELECT k, (a).answer::json->'webhook'->>'id', (a).answer::json->>'secret'
	FROM (SELECT k, carom.api_webhook_add(k, pg_temp.digest(k), 'https://' || k || '.test', '["bounce"]') AS a FROM unnest(ARRAY['adminall', 'adminacm']) k) v;
SELECT results_eq($$ SELECT account, kinds FROM carom.webhooks() w JOIN hook h USING (id) ORDER BY h.name $$, $$ VALUES ('acme', 'bounce'), (NULL, 'bounce') $$,
	'a key for one account makes webhooks of it');
SELECT is((a).status, wanted, 'of another key: ' || what) FROM (SELECT pg_temp.hook('adminall') AS id) h, LATERAL (VALUES
	('get', 404, carom.api_webhook('adminacm', pg_temp.digest('adminacm'), h.id)),
	('put', 404, carom.api_webhook_put('adminacm', pg_temp.digest('adminacm'), h.id, 'https://x.test')),
	('delete', 404, carom.api_webhook_delete('adminacm', pg_temp.digest('adminacm'), h.id)),
	('test', 404, carom.api_webhook_test('adminacm', pg_temp.digest('adminacm'), h.id)),
	('rotate', 404, carom.api_webhook_rotate('adminacm', pg_temp.digest('adminacm'), h.id)),
	('deliveries', 404, carom.api_webhook_deliveries('adminacm', pg_temp.digest('adminacm'), h.id)),
	('replay', 404, carom.api_webhook_replay('adminacm', pg_temp.digest('adminacm'), h.id, dead => true)),
	('another account', 403, carom.api_webhook_add('adminacm', pg_temp.digest('adminacm'), 'https://x.test', account => 'beta')),
	('no scope', 403, carom.api_webhooks('eventsal', pg_temp.digest('eventsal'))),
	('no scope for one', 403, carom.api_webhook('eventsal', pg_temp.digest('eventsal'), h.id)),
	('no key', 401, carom.api_webhooks('eventsal', pg_temp.digest('adminall')))) v(what, wanted, a);
SELECT is((a).status, wanted, 'of its own: ' || what) FROM (SELECT pg_temp.hook('adminacm') AS id) h, LATERAL (VALUES
	('get', 200, carom.api_webhook('adminacm', pg_temp.digest('adminacm'), h.id)),
	('put', 200, carom.api_webhook_put('adminacm', pg_temp.digest('adminacm'), h.id, 'https://x.test', state => 'paused')),
	('a state of its own', 422, carom.api_webhook_put('adminacm', pg_temp.digest('adminacm'), h.id, 'https://x.test', state => 'disabled')),
	('test', 202, carom.api_webhook_test('adminacm', pg_temp.digest('adminacm'), h.id)),
	('rotate', 200, carom.api_webhook_rotate('adminacm', pg_temp.digest('adminacm'), h.id, 1)),
	('deliveries', 200, carom.api_webhook_deliveries('adminacm', pg_temp.digest('adminacm'), h.id)),
	('no cursor', 422, carom.api_webhook_deliveries('adminacm', pg_temp.digest('adminacm'), h.id, after => '{x}')),
	('replay', 202, carom.api_webhook_replay('adminacm', pg_temp.digest('adminacm'), h.id, dead => true)),
	('delete', 204, carom.api_webhook_delete('adminacm', pg_temp.digest('adminacm'), h.id))) v(what, wanted, a);
SELECT is(json_array_length((carom.api_webhooks('adminall', pg_temp.digest('adminall'))).answer::json->'results'), 1, 'what is left is listed');

SELECT * FROM finish();
ROLLBACK;
