-- Contacts that were erased while something of them is left, to be worked off in small steps: where the chains of it begin.
CREATE TABLE erasing (
  contact_id BLOB PRIMARY KEY CONSTRAINT erasing_contact_id_16 CHECK (length(contact_id) = 16),
  at INTEGER NOT NULL,
  last_message INTEGER,
  last_event INTEGER
) STRICT, WITHOUT ROWID;
