-- The sweep of orphans asks for the rows of a hash; a contact's sum is read from an index alone.
CREATE INDEX file_hash ON file (hash);
DROP INDEX file_contact;
CREATE INDEX file_contact ON file (contact_id, bytes) WHERE contact_id IS NOT NULL;

-- Bytes of all files of a bot, so that no quota needs a walk over its rows. Only the two triggers below write it.
CREATE TABLE file_sum (
  bot_id BLOB PRIMARY KEY,
  bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO file_sum SELECT bot_id, sum(bytes) FROM file GROUP BY bot_id;
CREATE TRIGGER file_added AFTER INSERT ON file BEGIN
  INSERT INTO file_sum VALUES (NEW.bot_id, NEW.bytes) ON CONFLICT (bot_id) DO UPDATE SET bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER file_removed AFTER DELETE ON file BEGIN
  UPDATE file_sum SET bytes = bytes - OLD.bytes WHERE bot_id = OLD.bot_id;
  DELETE FROM file_sum WHERE bot_id = OLD.bot_id AND bytes <= 0;
END;
