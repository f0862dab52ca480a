-- What got another name. A contact's document has the names of its last turn; those that came after `contact.names` are put in when it is read.
CREATE TABLE renamed (
  bot_id BLOB NOT NULL,
  number INTEGER NOT NULL,
  -- 0 contact variable, 1 bot variable, 2 tag
  kind INTEGER NOT NULL CONSTRAINT renamed_kind_known CHECK (kind BETWEEN 0 AND 2),
  before TEXT NOT NULL,
  -- NULL: it was deleted
  after TEXT,
  -- of a tag: the last contact whose row in contact_tag was looked at; NULL: all have been
  moved BLOB,
  PRIMARY KEY (bot_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX renamed_moving ON renamed (bot_id, number) WHERE moved IS NOT NULL;
ALTER TABLE contact ADD COLUMN names INTEGER NOT NULL DEFAULT 0;
