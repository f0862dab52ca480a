-- What webhooks that were deleted had pending, to be cancelled in small steps: nothing of these webhooks is sent any more. A step looks at the heads of the
-- lanes first, by when they are due, then at those that wait, by contact; here is where the next one goes on.
CREATE TABLE cancelling (
  webhook_id BLOB NOT NULL,
  lanes_id BLOB NOT NULL,
  bot_id BLOB NOT NULL,
  at INTEGER NOT NULL,
  waiting INTEGER NOT NULL DEFAULT 0 CONSTRAINT cancelling_waiting_is_a_switch CHECK (waiting IN (0, 1)),
  -- behind this `next_at` and sequence, or this contact and sequence; NULL: from the beginning
  place ANY,
  seq INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (webhook_id, lanes_id)
) STRICT, WITHOUT ROWID;
