-- API requests are read by bot, so that the many of one stand before no other's.
ALTER TABLE api_call ADD COLUMN bot_id BLOB NOT NULL DEFAULT x'';
UPDATE api_call SET bot_id = coalesce((SELECT bot_id FROM contact WHERE id = contact_id), x'');
CREATE INDEX api_call_bot ON api_call (bot_id);

-- What contacts with a run in a flow are still to be told, each by an input: it was deleted, or published so that runs move or stop. Worked off in small
-- steps in the order of contacts.
CREATE TABLE telling (
  seq INTEGER PRIMARY KEY,
  flow_id BLOB NOT NULL,
  input BLOB NOT NULL,
  -- the last contact that was told
  after BLOB
) STRICT;
