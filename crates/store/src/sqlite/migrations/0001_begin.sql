-- Ids are 16-byte blobs, times are integer milliseconds since 1970, enums are small integers (see codes.rs), documents are JSON in blobs.
-- Every `seq` is given by the writer, never by SQLite, so that a removed row's number is not used again.

CREATE TABLE sequence (
  name  TEXT PRIMARY KEY,
  value INTEGER NOT NULL CONSTRAINT sequence_not_negative CHECK (value >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO sequence VALUES ('event', 0), ('delivery', 0), ('message', 0), ('other', 0);

-- What users set up ---------------------------------------------------------------------------------------------------------------------

CREATE TABLE account (
  id BLOB PRIMARY KEY CONSTRAINT account_id_16 CHECK (length(id) = 16),
  created_at INTEGER NOT NULL,
  doc BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE token (
  id BLOB PRIMARY KEY,
  account_id BLOB NOT NULL,
  hash BLOB NOT NULL UNIQUE CONSTRAINT token_hash_32 CHECK (length(hash) = 32),
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX token_account ON token (account_id);

CREATE TABLE bot (
  id BLOB PRIMARY KEY CONSTRAINT bot_id_16 CHECK (length(id) = 16),
  account_id BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  -- 1: the bot is gone for everybody; its rows go in bounded batches
  deleted INTEGER NOT NULL DEFAULT 0 CONSTRAINT bot_deleted_is_a_switch CHECK (deleted IN (0, 1)),
  doc BLOB NOT NULL,
  sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX bot_account ON bot (account_id);
CREATE INDEX bot_deleted ON bot (id) WHERE deleted = 1;

CREATE TABLE bot_variable (
  bot_id BLOB NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY (bot_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE declared (
  bot_id BLOB NOT NULL, name TEXT NOT NULL, kind BLOB NOT NULL, created_at INTEGER NOT NULL,
  PRIMARY KEY (bot_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE flow (
  id BLOB PRIMARY KEY,
  bot_id BLOB NOT NULL,
  name TEXT NOT NULL,
  active INTEGER NOT NULL CONSTRAINT flow_active_is_a_switch CHECK (active IN (0, 1)),
  published BLOB,
  draft_revision INTEGER NOT NULL,
  has_changes INTEGER NOT NULL CONSTRAINT flow_has_changes_is_a_switch CHECK (has_changes IN (0, 1)),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  draft BLOB NOT NULL,
  UNIQUE (bot_id, name)
) STRICT;

CREATE TABLE version (
  id BLOB PRIMARY KEY,
  flow_id BLOB NOT NULL,
  bot_id BLOB NOT NULL,
  number INTEGER NOT NULL CONSTRAINT version_number_from_1 CHECK (number >= 1),
  published_at INTEGER NOT NULL,
  document BLOB NOT NULL,
  UNIQUE (flow_id, number)
) STRICT;
CREATE INDEX version_bot ON version (bot_id);

CREATE TABLE trigger (
  id BLOB PRIMARY KEY,
  bot_id BLOB NOT NULL,
  flow_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  doc BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX trigger_bot ON trigger (bot_id);
CREATE INDEX trigger_flow ON trigger (flow_id);
CREATE UNIQUE INDEX trigger_one_of_each_system_kind ON trigger (bot_id, kind) WHERE kind IN ('subscription', 'standard_reply', 'unsubscription');

CREATE TABLE webhook (
  id BLOB PRIMARY KEY,
  bot_id BLOB NOT NULL,
  -- 0 global, 1 flow
  kind INTEGER NOT NULL CONSTRAINT webhook_kind_known CHECK (kind IN (0, 1)),
  url TEXT NOT NULL,
  is_on INTEGER NOT NULL CONSTRAINT webhook_is_on_is_a_switch CHECK (is_on IN (0, 1)),
  failing_since INTEGER,
  created_at INTEGER NOT NULL,
  doc BLOB NOT NULL,
  sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_bot ON webhook (bot_id);
CREATE UNIQUE INDEX webhook_one_of_a_flow_url ON webhook (bot_id, url) WHERE kind = 1;

CREATE TABLE setting (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE link (
  token TEXT PRIMARY KEY,
  bot_id BLOB NOT NULL,
  contact_id BLOB NOT NULL,
  url TEXT NOT NULL,
  text TEXT NOT NULL,
  flow_id BLOB NOT NULL,
  element TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX link_contact ON link (contact_id);
CREATE INDEX link_bot ON link (bot_id);

CREATE TABLE idempotent (
  account_id BLOB NOT NULL, key TEXT NOT NULL,
  request BLOB NOT NULL, status INTEGER NOT NULL, body BLOB NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (account_id, key)
) STRICT;
CREATE INDEX idempotent_at ON idempotent (at);

CREATE TABLE file (
  id BLOB PRIMARY KEY,
  bot_id BLOB NOT NULL,
  contact_id BLOB,
  hash BLOB NOT NULL CONSTRAINT file_hash_32 CHECK (length(hash) = 32),
  bytes INTEGER NOT NULL CONSTRAINT file_bytes_not_negative CHECK (bytes >= 0),
  mime TEXT NOT NULL,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX file_bot ON file (bot_id, bytes);
CREATE INDEX file_contact ON file (contact_id) WHERE contact_id IS NOT NULL;

-- Contacts and what they wait for -------------------------------------------------------------------------------------------------------

CREATE TABLE contact (
  seq INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE CONSTRAINT contact_id_16 CHECK (length(id) = 16),
  bot_id BLOB NOT NULL,
  identity TEXT NOT NULL,
  -- 0 none yet, 1 active, 2 unsubscribed, 3 blocked, 4 disabled
  status INTEGER NOT NULL CONSTRAINT contact_status_known CHECK (status BETWEEN 0 AND 4),
  revision INTEGER NOT NULL CONSTRAINT contact_revision_from_1 CHECK (revision >= 1),
  doc BLOB NOT NULL,
  CONSTRAINT contact_one_of_an_identity UNIQUE (bot_id, identity)
) STRICT;
CREATE INDEX contact_bot ON contact (bot_id, seq);

CREATE TABLE contact_tag (
  bot_id BLOB NOT NULL, tag TEXT NOT NULL, contact_id BLOB NOT NULL,
  PRIMARY KEY (bot_id, tag, contact_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE contact_passed (
  bot_id BLOB NOT NULL, title TEXT NOT NULL, contact_id BLOB NOT NULL,
  PRIMARY KEY (bot_id, title, contact_id)
) STRICT, WITHOUT ROWID;

-- A waiting run. Compact: what is the default is NULL.
CREATE TABLE run (
  contact_id BLOB NOT NULL,
  number INTEGER NOT NULL,
  flow_id BLOB NOT NULL,
  version_id BLOB NOT NULL,
  element TEXT NOT NULL,
  -- 0 input (a part, b tries left, until), 1 API (a call), 2 pause (a if inactive, until)
  wait INTEGER NOT NULL CONSTRAINT run_wait_known CHECK (wait BETWEEN 0 AND 2),
  a INTEGER NOT NULL,
  b INTEGER,
  until INTEGER,
  started_at INTEGER NOT NULL,
  stack BLOB,
  data BLOB,
  response BLOB,
  start BLOB,
  PRIMARY KEY (contact_id, number),
  CONSTRAINT run_until_unless_api CHECK ((until IS NULL) = (wait = 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX run_flow ON run (flow_id);

CREATE TABLE timer (
  contact_id BLOB NOT NULL,
  -- 0 run (ref is its number), 1 gather, 2 resume, 3 trigger (ref is its id)
  kind INTEGER NOT NULL CONSTRAINT timer_kind_known CHECK (kind BETWEEN 0 AND 3),
  ref ANY NOT NULL,
  due INTEGER NOT NULL,
  PRIMARY KEY (contact_id, kind, ref)
) STRICT, WITHOUT ROWID;
CREATE INDEX timer_due ON timer (due);

CREATE TABLE dedup (
  bot_id BLOB NOT NULL, kind INTEGER NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL,
  CONSTRAINT dedup_once PRIMARY KEY (bot_id, kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX dedup_at ON dedup (at);

CREATE TABLE api_call (
  seq INTEGER PRIMARY KEY,
  contact_id BLOB NOT NULL, run INTEGER NOT NULL, call INTEGER NOT NULL,
  doc BLOB NOT NULL,
  CONSTRAINT api_call_once UNIQUE (contact_id, run, call)
) STRICT;

CREATE TABLE input (
  seq INTEGER PRIMARY KEY,
  bot_id BLOB NOT NULL, contact_id BLOB NOT NULL,
  doc BLOB NOT NULL
) STRICT;
CREATE INDEX input_contact ON input (contact_id);

CREATE TABLE element_count (
  flow_id BLOB NOT NULL, element TEXT NOT NULL, what TEXT NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (flow_id, element, what)
) STRICT, WITHOUT ROWID;

-- Messages ------------------------------------------------------------------------------------------------------------------------------

CREATE TABLE message (
  seq INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  bot_id BLOB NOT NULL,
  contact_id BLOB NOT NULL,
  -- 0 in, 1 out
  direction INTEGER NOT NULL CONSTRAINT message_direction_known CHECK (direction IN (0, 1)),
  -- 0 received, 1 queued, 2 sent, 3 delivered, 4 read, 5 failed, 6 cancelled
  status INTEGER NOT NULL CONSTRAINT message_status_known CHECK (status BETWEEN 0 AND 6),
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
CREATE INDEX message_contact ON message (contact_id, seq);
CREATE INDEX message_queued ON message (seq) WHERE status = 1;
CREATE INDEX message_queued_bot ON message (bot_id, seq) WHERE status = 1;
CREATE INDEX message_queued_contact ON message (contact_id) WHERE status = 1;

-- Events, deliveries, attempts ----------------------------------------------------------------------------------------------------------

CREATE TABLE event (
  seq INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  bot_id BLOB NOT NULL,
  contact_id BLOB NOT NULL,
  kind INTEGER NOT NULL CONSTRAINT event_kind_known CHECK (kind BETWEEN 0 AND 9),
  at INTEGER NOT NULL,
  -- NULL: the kind's own word
  title TEXT,
  data BLOB NOT NULL
) STRICT;
CREATE INDEX event_bot ON event (bot_id, seq);
CREATE INDEX event_contact ON event (contact_id, seq);

CREATE TABLE event_encoding (
  event_seq INTEGER NOT NULL, encoding INTEGER NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (event_seq, encoding)
) STRICT, WITHOUT ROWID;

-- A delivery's event stays as long as the delivery: what, when and of whom it is stands there.
CREATE TABLE delivery (
  seq INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  event_seq INTEGER NOT NULL,
  bot_id BLOB NOT NULL,
  webhook_id BLOB NOT NULL,
  lanes_id BLOB NOT NULL,
  -- the contact of an ordered delivery; NULL: a lane of its own
  lane BLOB,
  encoding INTEGER NOT NULL,
  -- 0 waiting, 1 ready, 2 delivered, 3 failed, 4 skipped, 5 cancelled
  status INTEGER NOT NULL CONSTRAINT delivery_status_known CHECK (status BETWEEN 0 AND 5),
  replay INTEGER NOT NULL DEFAULT 0 CONSTRAINT delivery_replay_is_a_switch CHECK (replay IN (0, 1)),
  born_ready INTEGER NOT NULL CONSTRAINT delivery_born_ready_is_a_switch CHECK (born_ready IN (0, 1)),
  attempts INTEGER NOT NULL DEFAULT 0,
  requests INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL,
  ended_at INTEGER,
  url TEXT,
  CONSTRAINT delivery_ended_has_a_time CHECK ((status >= 2) = (ended_at IS NOT NULL)),
  CONSTRAINT delivery_waits_in_a_lane CHECK (status <> 0 OR (lane IS NOT NULL AND replay = 0))
) STRICT;
CREATE UNIQUE INDEX delivery_one_head_a_lane ON delivery (lanes_id, lane) WHERE status = 1 AND replay = 0 AND lane IS NOT NULL;
CREATE INDEX delivery_waiting ON delivery (lanes_id, lane, seq) WHERE status = 0;
CREATE INDEX delivery_ready ON delivery (lanes_id, next_at, seq) WHERE status = 1;
CREATE INDEX delivery_ready_seq ON delivery (seq) WHERE status = 1;
CREATE INDEX delivery_bot ON delivery (bot_id, seq);
CREATE INDEX delivery_webhook ON delivery (webhook_id, seq);
CREATE INDEX delivery_event ON delivery (event_seq);

-- How many deliveries are pending, kept by the writer in the commit that changes it.
CREATE TABLE pending (
  webhook_id BLOB NOT NULL, lanes_id BLOB NOT NULL,
  count INTEGER NOT NULL CONSTRAINT pending_not_negative CHECK (count >= 0),
  PRIMARY KEY (webhook_id, lanes_id)
) STRICT, WITHOUT ROWID;

-- The key is the delivery's seq * 65536 + the attempt's number: one b-tree, in order.
CREATE TABLE attempt (
  key INTEGER PRIMARY KEY,
  doc BLOB NOT NULL
) STRICT;

CREATE TABLE log (
  seq INTEGER PRIMARY KEY,
  bot_id BLOB NOT NULL,
  contact_id BLOB,
  at INTEGER NOT NULL,
  doc BLOB NOT NULL
) STRICT;
CREATE INDEX log_bot ON log (bot_id, seq);
CREATE INDEX log_contact ON log (contact_id) WHERE contact_id IS NOT NULL;
