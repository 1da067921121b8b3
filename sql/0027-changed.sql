-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0027 - the list in the order in which it changed, for those who read it page by page

CREATE INDEX suppression_changed ON carom.suppression (changed_at, address, account, stream);
