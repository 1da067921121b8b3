-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0032 - what came back before there were cohorts, by the day of sending

-- step: which events that are
SET LOCAL lock_timeout = '50ms';
SELECT carom._begin_cohorts();

-- step: count them, a day at a time
CALL carom._fill_cohorts();
