-- SPDX-License-Identifier: BSD-2-Clause
-- carom - entries that an older carom kept in another spelling
--
-- Where the normal spelling is on the list already, the old row stays and
-- nobody meets it: that one is as wide.

UPDATE carom.suppression s SET address = carom.normalise(s.address)
WHERE s.address !~ '^[a-z0-9!#$%&''*+/=?^_`{|}~.-]*@[a-z0-9_-]+(\.[a-z0-9_-]+)*$'
	AND carom.normalise(s.address) <> s.address
	AND NOT EXISTS (SELECT FROM carom.suppression o
		WHERE o.address = carom.normalise(s.address) AND o.account = s.account AND o.stream = s.stream);

UPDATE carom.address a SET address = carom.normalise(a.address)
WHERE a.address !~ '^[a-z0-9!#$%&''*+/=?^_`{|}~.-]*@[a-z0-9_-]+(\.[a-z0-9_-]+)*$'
	AND carom.normalise(a.address) <> a.address
	AND NOT EXISTS (SELECT FROM carom.address o WHERE o.address = carom.normalise(a.address) AND o.account = a.account);
