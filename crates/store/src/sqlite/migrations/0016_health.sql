-- How a webhook's attempts went in an hour. Kept by the writer in the commit of the attempts: the log of ten million attempts could not be summed up for each
-- look at a chart. It begins with the hour, so that those of now stand together and old ones go first.
CREATE TABLE webhook_health (
  -- its first millisecond
  hour INTEGER NOT NULL,
  webhook_id BLOB NOT NULL,
  -- the least bound, in milliseconds, that a delivered one did not exceed; 0 for one that was not delivered
  took INTEGER NOT NULL CONSTRAINT webhook_health_took_not_negative CHECK (took >= 0),
  attempts INTEGER NOT NULL CONSTRAINT webhook_health_some CHECK (attempts > 0),
  PRIMARY KEY (hour, webhook_id, took)
) STRICT, WITHOUT ROWID;
