-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0035 - the spelling of an entry is noted at the home of its address

ALTER TABLE carom.same_mailbox ADD COLUMN home int;
COMMENT ON COLUMN carom.same_mailbox.home IS 'home of the address';

DO $$
BEGIN
	IF (SELECT s.value FROM carom.setting s WHERE s.name = 'distributed') = 'yes' THEN  -- before this, nothing was noted there
		PERFORM undistribute_table('carom.same_mailbox');
		ALTER TABLE carom.same_mailbox DROP CONSTRAINT same_mailbox_pkey, ADD CONSTRAINT same_mailbox_pkey PRIMARY KEY (address, home);
		PERFORM create_distributed_table('carom.same_mailbox', 'home', colocate_with => 'carom.home');
	ELSE
		UPDATE carom.same_mailbox SET home = CASE WHEN left(address, 1) = '#' THEN get_byte(decode(substr(address, 2, 2), 'hex'), 0)
			ELSE get_byte(sha256(convert_to(address, 'UTF8')), 0) & 63 END;
	END IF;
END
$$;
