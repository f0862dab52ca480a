-- What a team keeps by name beside its bot.
CREATE TABLE kept (
  bot_id BLOB NOT NULL,
  -- 0 saved reply, 1 segment of the audience
  kind INTEGER NOT NULL CONSTRAINT kept_kind_known CHECK (kind IN (0, 1)),
  name TEXT NOT NULL,
  doc BLOB NOT NULL,
  CONSTRAINT kept_one_of_a_name PRIMARY KEY (bot_id, kind, name)
) STRICT, WITHOUT ROWID;

-- What the team writes down about a contact.
CREATE TABLE note (
  contact_id BLOB NOT NULL,
  id BLOB NOT NULL CONSTRAINT note_id_16 CHECK (length(id) = 16),
  at INTEGER NOT NULL,
  -- who wrote it, as it was called then; NULL: a program
  written_by TEXT,
  text TEXT NOT NULL,
  PRIMARY KEY (contact_id, id)
) STRICT, WITHOUT ROWID;
