-- SPDX-License-Identifier: BSD-2-Clause
-- carom 0003 - numbers of mail sent are counted once, however often they are handed in

CREATE TABLE carom.volume_batch (
	id        uuid PRIMARY KEY,
	added_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX volume_batch_added_at ON carom.volume_batch (added_at);
COMMENT ON TABLE carom.volume_batch IS
	'batches of numbers that carom.add_volumes() has added to carom.volume: who lost the connection before the answer hands the same one in again';
COMMENT ON COLUMN carom.volume_batch.id IS 'made by who counted';
COMMENT ON COLUMN carom.volume_batch.added_at IS 'carom.prune() removes the row 30 days later: by then nobody asks again';
