-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0031 - what an incident holds lies at the home of its address

ALTER TABLE carom.held ADD COLUMN home int;
UPDATE carom.held SET home = get_byte(sha256(convert_to(address, 'UTF8')), 0) & 63;
COMMENT ON COLUMN carom.held.home IS 'home of the address';

DO $$
BEGIN
	IF (SELECT s.value FROM carom.setting s WHERE s.name = 'distributed') = 'yes' THEN  -- before this, nothing was held there
		ALTER TABLE carom.held DROP CONSTRAINT held_pkey, ADD CONSTRAINT held_pkey PRIMARY KEY (address, account, stream, home);
		PERFORM create_distributed_table('carom.held', 'home', colocate_with => 'carom.home');
	END IF;
END
$$;
