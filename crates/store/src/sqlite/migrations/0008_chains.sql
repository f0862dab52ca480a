-- Messages and events of a contact are chains: each tells the one before it, the contact tells the last. An index by contact changed a page of its own in each
-- turn, the contact's row is written anyway. What is asked for often stands before what is long.

CREATE TABLE message_new (
  seq INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  bot_id BLOB NOT NULL,
  contact_id BLOB NOT NULL,
  -- the contact's message before this one
  prev INTEGER CONSTRAINT message_prev_is_before CHECK (prev < seq),
  -- 0 in, 1 out
  direction INTEGER NOT NULL CONSTRAINT message_direction_known CHECK (direction IN (0, 1)),
  -- 0 received, 1 queued, 2 sent, 3 delivered, 4 read, 5 failed, 6 cancelled
  status INTEGER NOT NULL CONSTRAINT message_status_known CHECK (status BETWEEN 0 AND 6),
  bulk INTEGER NOT NULL DEFAULT 0 CONSTRAINT message_bulk_is_a_switch CHECK (bulk IN (0, 1)),
  at INTEGER NOT NULL,
  not_before INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  external_id TEXT,
  error TEXT,
  part BLOB NOT NULL,
  offer BLOB,
  sent_by BLOB,
  CONSTRAINT message_in_is_received CHECK ((direction = 0) = (status = 0))
) STRICT;
INSERT INTO message_new
  SELECT seq, id, bot_id, contact_id, (SELECT max(p.seq) FROM message p WHERE p.contact_id = m.contact_id AND p.seq < m.seq),
    direction, status, bulk, at, not_before, tries, external_id, error, part, offer, sent_by
  FROM message m ORDER BY seq;

CREATE TABLE event_new (
  seq INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  bot_id BLOB NOT NULL,
  contact_id BLOB NOT NULL,
  -- the contact's event before this one
  prev INTEGER CONSTRAINT event_prev_is_before CHECK (prev < seq),
  kind INTEGER NOT NULL CONSTRAINT event_kind_known CHECK (kind BETWEEN 0 AND 9),
  at INTEGER NOT NULL,
  test INTEGER NOT NULL DEFAULT 0 CONSTRAINT event_test_is_a_switch CHECK (test IN (0, 1)),
  -- 1: in no chain, for its contact has no row
  apart INTEGER NOT NULL DEFAULT 0 CONSTRAINT event_apart_is_a_switch CHECK (apart IN (0, 1)),
  -- NULL: the kind's own word
  title TEXT,
  data BLOB NOT NULL
) STRICT;
INSERT INTO event_new
  SELECT seq, id, bot_id, contact_id, (SELECT max(p.seq) FROM event p WHERE p.contact_id = e.contact_id AND p.seq < e.seq),
    kind, at, test, NOT EXISTS (SELECT 1 FROM contact c WHERE c.id = e.contact_id), title, data
  FROM event e ORDER BY seq;

CREATE TABLE contact_new (
  seq INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE CONSTRAINT contact_id_16 CHECK (length(id) = 16),
  bot_id BLOB NOT NULL,
  identity TEXT NOT NULL,
  -- 0 none yet, 1 active, 2 unsubscribed, 3 blocked, 4 disabled
  status INTEGER NOT NULL CONSTRAINT contact_status_known CHECK (status BETWEEN 0 AND 4),
  chat_open INTEGER NOT NULL DEFAULT 0 CONSTRAINT contact_chat_open_is_a_switch CHECK (chat_open IN (0, 1)),
  revision INTEGER NOT NULL CONSTRAINT contact_revision_from_1 CHECK (revision >= 1),
  -- where the chains of its messages and events begin
  last_message INTEGER,
  last_event INTEGER,
  doc BLOB NOT NULL,
  CONSTRAINT contact_one_of_an_identity UNIQUE (bot_id, identity)
) STRICT;
INSERT INTO contact_new
  SELECT seq, id, bot_id, identity, status, chat_open, revision, (SELECT max(m.seq) FROM message m WHERE m.contact_id = c.id),
    (SELECT max(e.seq) FROM event e WHERE e.contact_id = c.id), doc
  FROM contact c ORDER BY seq;

DROP TABLE message;
DROP TABLE event;
DROP TABLE contact;
ALTER TABLE message_new RENAME TO message;
ALTER TABLE event_new RENAME TO event;
ALTER TABLE contact_new RENAME TO contact;

CREATE INDEX message_queued ON message (seq) WHERE status = 1;
CREATE INDEX message_queued_bot ON message (bot_id, bulk, seq) WHERE status = 1;
CREATE INDEX event_bot ON event (bot_id, seq);
CREATE INDEX event_apart ON event (contact_id, seq) WHERE apart = 1;
CREATE INDEX contact_bot ON contact (bot_id, seq);
CREATE INDEX contact_chat_open ON contact (bot_id, seq) WHERE chat_open = 1;
