-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0004 - homes, and rows to lock for an address

CREATE TABLE carom.home (
	home               int PRIMARY KEY,
	pruned_duplicates  bigint NOT NULL DEFAULT 0
);
INSERT INTO carom.home (home) SELECT generate_series(0, 63);
COMMENT ON TABLE carom.home IS
	'the 64 places that everything about addresses is divided into, by carom._home(); on one server they are only numbers, on Citus they lie on its machines';
COMMENT ON COLUMN carom.home.home IS 'number, from 0';
COMMENT ON COLUMN carom.home.pruned_duplicates IS 'duplicates seen of reports of this home that were pruned';


CREATE TABLE carom.address_lock (
	home    int NOT NULL,
	number  int NOT NULL,
	PRIMARY KEY (home, number)
);
INSERT INTO carom.address_lock (home, number) SELECT h, h * 64 + n FROM generate_series(0, 63) h, generate_series(0, 63) n;
COMMENT ON TABLE carom.address_lock IS
	'rows that are never changed, only locked: by carom._lock_addresses(), so that of two reports of one address the second counts the first';
COMMENT ON COLUMN carom.address_lock.home IS 'the home of the addresses that it stands for';
COMMENT ON COLUMN carom.address_lock.number IS 'by carom._address_lock()';


ALTER TABLE carom.suppression ADD COLUMN login text NOT NULL DEFAULT '';
COMMENT ON COLUMN carom.suppression.login IS 'database role that was logged in; '''' if that was not kept';
COMMENT ON COLUMN carom.suppression.author IS 'who says to have done it; carom for the program';
