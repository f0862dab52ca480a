-- How many messages a bot got and sent on a day of its account's calendar. One row a bot and day, kept by the writer in the commit that changes it.
CREATE TABLE traffic (
  bot_id BLOB NOT NULL,
  -- days since 1970-01-01
  day INTEGER NOT NULL,
  received INTEGER NOT NULL CONSTRAINT traffic_received_not_negative CHECK (received >= 0),
  sent INTEGER NOT NULL CONSTRAINT traffic_sent_not_negative CHECK (sent >= 0),
  PRIMARY KEY (bot_id, day)
) STRICT, WITHOUT ROWID;
