-- SPDX-License-Identifier: BSD-2-Clause
-- carom - one click, and no more of this mail (RFC 8058)

CREATE OR REPLACE FUNCTION carom._from_base32(digits text) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
	SELECT sum((strpos('abcdefghijklmnopqrstuvwxyz234567', d.digit) - 1)::bigint << (5 * (length(digits) - d.n))::int)::bigint
	FROM string_to_table(digits, NULL) WITH ORDINALITY d(digit, n)
$$;

DROP FUNCTION IF EXISTS carom.api_unsubscribe(text, text, text, boolean);
CREATE FUNCTION carom.api_unsubscribe(token text, account text DEFAULT NULL, stream text DEFAULT NULL, act boolean DEFAULT true)
RETURNS carom.api_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	tag    text := lower(api_unsubscribe.token COLLATE "C");
	head   text := left(tag, -12);
	day    date;
	number bigint;
	stream_number int;
	homes  int[];
	who    carom.address;
	whose  text := nullif(api_unsubscribe.account, '');
	part   text := coalesce(api_unsubscribe.stream, '');
BEGIN
	IF coalesce(tag !~ '^([a-z2-7]{26}|[a-z2-7]{29})$', true) OR NOT EXISTS (
			SELECT FROM carom.verp_key k
			WHERE k.id = left(tag, 1) AND carom._base32(('x' || left(encode(carom._hmac(k.secret,
				convert_to(E'carom1\ntoken\n' || head, 'UTF8')), 'hex'), 15))::bit(60)::bigint, 12) = right(tag, 12)) THEN
		RETURN (404, 'no such token', NULL)::carom.api_answer;
	END IF;
	number := carom._from_base32(substr(tag, 2, 8));
	day := date '2020-01-01' + carom._from_base32(substr(tag, 10, 3))::int;
	stream_number := carom._from_base32(substr(tag, 13, length(tag) - 24));
	IF day < (now() AT TIME ZONE 'UTC')::date - coalesce(carom.setting('unsubscribe_days'), '400')::int THEN
		RETURN (404, 'the token has expired', NULL)::carom.api_answer;
	END IF;
	homes := CASE WHEN carom.setting('distributed') = 'yes' AND number >= carom.setting('first_number')::bigint THEN ARRAY[(number & 63)::int] END;
	SELECT a.* INTO who FROM carom.address a WHERE (homes IS NULL OR a.home = ANY (homes)) AND a.id = number;
	IF who.address IS NULL THEN
		RETURN (404, 'the token names nobody', NULL)::carom.api_answer;
	ELSIF NOT api_unsubscribe.act THEN
		RETURN (200, NULL, NULL)::carom.api_answer;
	END IF;
	-- a number from [streams] of carom.conf is the caller's to know; of the others the table does
	SELECT s.account, s.stream INTO whose, part FROM carom.stream s WHERE s.number = stream_number AND stream_number > 1023;
	IF stream_number <= 1023 THEN
		whose := coalesce(nullif(api_unsubscribe.account, ''), who.account);
		part := coalesce(api_unsubscribe.stream, '');
	END IF;
	PERFORM carom._lock_addresses(ARRAY[who.address]);
	IF EXISTS (SELECT FROM carom.suppressed(who.address, whose, part)) THEN
		RETURN (200, NULL, NULL)::carom.api_answer;
	END IF;
	-- As mail to a List-Unsubscribe address would be: counted, judged by the policy, and told. The
	-- moment is in it and the day of the mail is not, for who was taken off the list may ask
	-- again by the same mail, which is no repeat.
	PERFORM carom.record(jsonb_build_object('kind', 'unsubscribe', 'format', 'one_click',
		'message_id', format('<%s.%s@one-click>', tag, extract(epoch FROM clock_timestamp())),
		'outcomes', jsonb_build_array(jsonb_build_object('recipient', who.address, 'subscriber', who.address, 'action', 'unsubscribed',
			'category', 'unsubscribe_request', 'class', 'info', 'confidence', 'proven', 'resolved_by', 'header',
			'account', coalesce(whose, ''), 'stream', part))));
	RETURN (200, NULL, NULL)::carom.api_answer;
END
$$;
COMMENT ON FUNCTION carom.api_unsubscribe(text, text, text, boolean) IS
	'POST /u/{token}: no more of the stream that the signed token names; without act only whether the token is good. Again changes nothing. '
	'account and stream: what [streams] of carom.conf says about the number in the token. Tokens are good for the days of the setting unsubscribe_days, 400';
