-- SPDX-License-Identifier: BSD-2-Clause
-- carom - on Citus, make known what was made anew

DO $$
BEGIN
	IF carom.setting('distributed') = 'yes' THEN
		PERFORM carom._distribute_functions();
	END IF;
END
$$;
