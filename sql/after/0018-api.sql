-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0018 - the list in the order in which the API tells it

-- step: each - an index that was broken off halfway
SELECT format('DROP INDEX CONCURRENTLY carom.%I', c.relname)
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace = 'carom'::regnamespace AND c.relkind = 'i' AND NOT i.indisvalid;

-- step: a page begins where the one before it ended, also within one moment
CREATE INDEX CONCURRENTLY IF NOT EXISTS suppression_changed ON carom.suppression (changed_at, address, account, stream);

-- step: this one does the same
DROP INDEX CONCURRENTLY IF EXISTS carom.suppression_changed_at;
