-- A webhook's place in the event log, and its receiver's `Retry-After`, are facts of their own: turns ask for the first, attempts change the second.
CREATE TABLE webhook_new (
  id BLOB PRIMARY KEY,
  bot_id BLOB NOT NULL,
  -- 0 global, 1 flow
  kind INTEGER NOT NULL CONSTRAINT webhook_kind_known CHECK (kind IN (0, 1)),
  url TEXT NOT NULL,
  is_on INTEGER NOT NULL CONSTRAINT webhook_is_on_is_a_switch CHECK (is_on IN (0, 1)),
  -- the last event that made its delivery; NULL: each event makes its delivery at once. One that is on and has a cursor is behind and catches up
  cursor INTEGER,
  failing_since INTEGER,
  -- until when the receiver asked to wait
  held_until INTEGER,
  created_at INTEGER NOT NULL,
  doc BLOB NOT NULL,
  sealed BLOB NOT NULL,
  CONSTRAINT webhook_that_is_off_has_a_cursor CHECK (is_on = 1 OR cursor IS NOT NULL)
) STRICT, WITHOUT ROWID;
INSERT INTO webhook_new
  SELECT id, bot_id, kind, url, is_on,
    CASE WHEN is_on = 0 THEN coalesce(json_extract(CAST(doc AS TEXT), '$.state.cursor'), (SELECT value FROM sequence WHERE name = 'event')) END,
    failing_since, NULL, created_at, doc, sealed
  FROM webhook;
DROP TABLE webhook;
ALTER TABLE webhook_new RENAME TO webhook;
CREATE INDEX webhook_bot ON webhook (bot_id);
CREATE UNIQUE INDEX webhook_one_of_a_flow_url ON webhook (bot_id, url) WHERE kind = 1;
-- What a turn asks for each webhook that wants its event: small, so that it stays in memory.
CREATE INDEX webhook_gate ON webhook (id, cursor);
CREATE INDEX webhook_behind ON webhook (id) WHERE is_on = 1 AND cursor IS NOT NULL;

-- A test send's event is for the webhook that is tested, and no other one's to catch up with.
ALTER TABLE event ADD COLUMN test INTEGER NOT NULL DEFAULT 0 CONSTRAINT event_test_is_a_switch CHECK (test IN (0, 1));
