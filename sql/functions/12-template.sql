-- SPDX-License-Identifier: BSD-2-Clause
-- carom - what a reply says to everybody

-- A server says the same to everybody but for addresses, host names, numbers and
-- other words that it makes up: those become *, and what is left is the template by
-- which replies of one cause are told from others. Codes stay.
CREATE OR REPLACE FUNCTION carom._template(reply text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
	SELECT rtrim(left(regexp_replace(coalesce(string_agg(CASE
			WHEN w.word ~ '^#?[245]\d\d$' OR w.word ~ '^#?([245]\d\d-)?[245]\.\d{1,3}\.\d{1,3}$' THEN w.word
			WHEN w.word ~ '[0-9@]' OR w.word ~ '[[:alnum:]_][.:/=\\][[:alnum:]_/\\]' OR length(w.word) > 30 THEN '*'
			ELSE lower(w.word) END, ' ' ORDER BY w.n), ''), '\*( \*)+', '*', 'g'), 250))
	FROM (SELECT t.n, btrim(t.token, '<>()[]{}"''`,;:.!?') AS word
		FROM regexp_split_to_table(left(reply, 500), '\s+') WITH ORDINALITY AS t(token, n)) w
	WHERE w.word <> ''
$$;
COMMENT ON FUNCTION carom._template(text) IS
	'a server''s reply without what differs from one recipient to the next: addresses, hosts, numbers are *; codes stay';
