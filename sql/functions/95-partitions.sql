-- SPDX-License-Identifier: BSD-2-Clause
-- carom - a month without a partition is no harm, but slower: see to the next ones

-- (where reports are recorded already, carom db upgrade makes them one by one)

DO $$
BEGIN
	IF NOT EXISTS (SELECT 1 FROM carom.event) THEN
		PERFORM carom.make_partitions(3);
	END IF;
END
$$;
