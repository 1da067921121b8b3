-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0008 - what takes long, while everybody goes on writing
--
-- Each step is a statement by itself and can be run again; what needs a lock that
-- others would wait for asks for it for a tenth of a second. `step: each` runs
-- what the statement gives, row by row.

-- step: each - an index that was broken off halfway
SELECT format('DROP INDEX CONCURRENTLY carom.%I', c.relname)
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace = 'carom'::regnamespace AND c.relkind = 'i' AND NOT i.indisvalid;

-- step: what an older carom kept in another spelling
-- Where the normal spelling is on the list already, the old row stays and nobody
-- meets it: that one is as wide.
WITH old AS (
	SELECT s.address, s.account, s.stream, carom.normalise(s.address) AS normal FROM carom.suppression s
	WHERE s.address !~ '^[a-z0-9!#$%&''*+/=?^_`{|}~.-]*@[a-z0-9_-]+(\.[a-z0-9_-]+)*$'
), changed AS (
	UPDATE carom.suppression s SET address = o.normal, home = carom._home_of(o.normal)
	FROM old o
	WHERE (s.address, s.account, s.stream) = (o.address, o.account, o.stream) AND o.normal <> o.address
		AND NOT EXISTS (SELECT FROM carom.suppression x WHERE (x.address, x.account, x.stream) = (o.normal, o.account, o.stream))
	RETURNING o.address, s.account, s.stream, o.normal
)
UPDATE carom.suppression_log l SET address = c.normal, home = carom._home_of(c.normal)
FROM changed c WHERE (l.address, l.account, l.stream) = (c.address, c.account, c.stream);

-- step: the same of addresses with a number
UPDATE carom.address a SET address = carom.normalise(a.address), home = carom._home_of(carom.normalise(a.address))
WHERE a.address !~ '^[a-z0-9!#$%&''*+/=?^_`{|}~.-]*@[a-z0-9_-]+(\.[a-z0-9_-]+)*$'
	AND carom.normalise(a.address) <> a.address
	AND NOT EXISTS (SELECT FROM carom.address o WHERE o.address = carom.normalise(a.address) AND o.account = a.account);

-- step: the home of each row
CALL carom._fill_homes();

-- step: what staff see newest first
CREATE INDEX CONCURRENTLY IF NOT EXISTS report_arrived ON carom.report (arrived, id);

-- step: this one does the same
DROP INDEX CONCURRENTLY IF EXISTS carom.report_day;

-- step: mail that nobody understood
CREATE INDEX CONCURRENTLY IF NOT EXISTS report_unrecognised ON carom.report (arrived, id) WHERE kind = 'unrecognised';

-- step: what changed since a day
CREATE INDEX CONCURRENTLY IF NOT EXISTS suppression_changed_at ON carom.suppression (changed_at);

-- step: the log in the order in which it was written
CREATE INDEX CONCURRENTLY IF NOT EXISTS suppression_log_xact ON carom.suppression_log (xact, id);

-- step: each - events, newest first: a partition at a time
SELECT format('CREATE INDEX CONCURRENTLY IF NOT EXISTS %I ON carom.%I (at, id)', c.relname || '_at', c.relname)
FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'carom.event'::regclass AND to_regclass('carom.event_at') IS NULL
ORDER BY 1;

-- step: then the whole, which finds them there
SET LOCAL lock_timeout = '50ms';
CREATE INDEX IF NOT EXISTS event_at ON carom.event (at, id);
COMMENT ON INDEX carom.event_at IS 'recent_events, newest first';

-- step: nobody calls these any more
DROP FUNCTION IF EXISTS carom._resolve(carom.report[], jsonb[]), carom._ingest(jsonb[], bytea[]),
	carom._enough_days(carom.event[]), carom._enough_days(int, carom.event[]), carom._ruled(carom.event[]),
	carom._ingest(int, jsonb[], bytea[]), carom._note_signatures(jsonb[]),
	carom._apply_policy(carom.event[], jsonb), carom._try(jsonb, bytea),
	carom._yields(carom.suppression, text, text, timestamptz);
