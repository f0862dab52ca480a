-- What a *send webhook* element would have delivered while its webhook was off: to whom, in which encoding, under which rendered URL (NULL: the
-- webhook's own). When the webhook catches up, this is what it gets.
CREATE TABLE withheld (
  event_seq INTEGER NOT NULL,
  webhook_id BLOB NOT NULL,
  encoding INTEGER NOT NULL,
  url TEXT,
  PRIMARY KEY (event_seq, webhook_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_off ON webhook (id) WHERE is_on = 0;
