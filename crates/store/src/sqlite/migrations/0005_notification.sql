-- What members are to know, until retention takes it.
CREATE TABLE notification (
  seq INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE CONSTRAINT notification_id_16 CHECK (length(id) = 16),
  bot_id BLOB NOT NULL,
  contact_id BLOB NOT NULL,
  at INTEGER NOT NULL,
  -- NULL: everybody who looks after chats
  member BLOB,
  text TEXT NOT NULL,
  read_at INTEGER
) STRICT;
CREATE INDEX notification_bot ON notification (bot_id, seq);
CREATE INDEX notification_contact ON notification (contact_id);
