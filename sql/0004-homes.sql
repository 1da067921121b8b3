-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0004 - homes, and rows to lock for an address
--
-- A column more, without a value for the rows that are there, is a moment's
-- work; after/0008-homes.sql fills it in while everybody goes on writing.

CREATE TABLE carom.home (home int PRIMARY KEY);
INSERT INTO carom.home (home) SELECT generate_series(0, 63);
COMMENT ON TABLE carom.home IS
	'the 64 places that everything about addresses is divided into, by carom._home_of(); on one server they are only numbers, on Citus they lie on its machines';
COMMENT ON COLUMN carom.home.home IS 'number, from 0';


CREATE TABLE carom.address_lock (
	home    int NOT NULL,
	number  int NOT NULL,
	PRIMARY KEY (number, home)
);
INSERT INTO carom.address_lock (home, number) SELECT h, h * 64 + n FROM generate_series(0, 63) h, generate_series(0, 63) n;
COMMENT ON TABLE carom.address_lock IS
	'rows that are never changed, only locked: by carom._lock_addresses(), so that of two reports of one address the second counts the first';
COMMENT ON COLUMN carom.address_lock.home IS 'the home of the addresses that it stands for';
COMMENT ON COLUMN carom.address_lock.number IS 'by carom._address_lock()';


-- in the order in which record() takes them
ALTER TABLE carom.report ADD COLUMN home int, ADD COLUMN part int NOT NULL DEFAULT 0;
ALTER TABLE carom.raw DROP CONSTRAINT raw_key_fkey, ADD COLUMN home int;
ALTER TABLE carom.told ADD COLUMN home int;
ALTER TABLE carom.event ADD COLUMN home int;
ALTER TABLE carom.suppression ADD COLUMN login text NOT NULL DEFAULT '', ADD COLUMN home int;
ALTER TABLE carom.suppression_log ADD COLUMN home int, ADD COLUMN xact xid8;
ALTER TABLE carom.suppression_log ALTER COLUMN xact SET DEFAULT pg_current_xact_id();  -- of what comes; the table is not rewritten
ALTER TABLE carom.tally ADD COLUMN home int NOT NULL DEFAULT 0;
ALTER TABLE carom.duplicate ADD COLUMN home int NOT NULL DEFAULT 0;
ALTER TABLE carom.address ADD COLUMN home int, ALTER COLUMN id DROP DEFAULT;
ALTER TABLE carom.sent ADD COLUMN home int;
COMMENT ON COLUMN carom.report.home IS 'home of the address of its first outcome; of its key if there is none';
COMMENT ON COLUMN carom.report.part IS
	'0. On Citus, a report with outcomes in several homes has a row in each: the first is 0, and counts; the others have the rest of its events';
COMMENT ON COLUMN carom.raw.home IS 'report.home';
COMMENT ON COLUMN carom.event.home IS 'home of the address; of the report where nobody can know it. NULL in a row from before there were homes';
COMMENT ON COLUMN carom.told.home IS 'home of the address';
COMMENT ON COLUMN carom.suppression.home IS 'home of the address';
COMMENT ON COLUMN carom.suppression.login IS 'database role that was logged in; '''' if that was not kept';
COMMENT ON COLUMN carom.suppression.author IS 'who says to have done it; carom for the program';
COMMENT ON COLUMN carom.suppression_log.home IS 'home of the address';
COMMENT ON COLUMN carom.suppression_log.xact IS
	'transaction that wrote the row: those below pg_snapshot_xmin(pg_current_snapshot()) are all there, in an order that never changes again. NULL in rows from before';
COMMENT ON COLUMN carom.tally.home IS 'where it was counted: 0 on one server, the home of the address on Citus; add them up';
COMMENT ON COLUMN carom.duplicate.home IS 'where it was counted, as in tally';
COMMENT ON COLUMN carom.address.home IS 'home of the address';
COMMENT ON COLUMN carom.sent.home IS 'home of the Message-ID';


-- From here on a number names its home by its last six bits. Numbers up to
-- first_number say nothing.
INSERT INTO carom.setting (name, value)
	SELECT 'first_number', ((coalesce(max(a.id), 0) | 63) + 1)::text FROM carom.address a;
SELECT setval('carom.address_id_seq', (SELECT s.value::bigint >> 6 FROM carom.setting s WHERE s.name = 'first_number'), false);
ALTER SEQUENCE carom.address_id_seq OWNED BY NONE MAXVALUE 17179869183;
INSERT INTO carom.setting (name, value) VALUES ('distributed', 'no');
