-- Since when and why the messenger does not take the bot's credentials (JSON); NULL: it does, as far as we know. New credentials clear it.
ALTER TABLE bot ADD COLUMN lost BLOB;
-- 1: one of many that nobody waits for (a pause that ended, an event by API); answers go first.
ALTER TABLE message ADD COLUMN bulk INTEGER NOT NULL DEFAULT 0 CONSTRAINT message_bulk_is_a_switch CHECK (bulk IN (0, 1));
CREATE INDEX message_queued_answer ON message (bot_id, seq) WHERE status = 1 AND bulk = 0;
