-- In which lanes a webhook is, for whoever makes it a delivery: a turn may know only those that it had before its URL changed. NULL: those that it was made with.
ALTER TABLE webhook ADD COLUMN lanes_id BLOB;
DROP INDEX webhook_gate;
CREATE INDEX webhook_gate ON webhook (id, cursor, lanes_id);
