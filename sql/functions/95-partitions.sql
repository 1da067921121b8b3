-- SPDX-License-Identifier: BSD-2-Clause
-- carom - a month without a partition is no harm, but slower: see to the next ones

DO $$ BEGIN PERFORM carom.make_partitions(3); END $$;
