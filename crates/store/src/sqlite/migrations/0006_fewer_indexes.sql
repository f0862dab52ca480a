-- Each index of what waits is written twice for each row, when it begins to wait and when it ends: the fewer, the cheaper a message.
-- New heads are read after a sequence that is near the end of the table.
DROP INDEX delivery_ready_seq;
-- One index tells a bot's answers and its bulk messages, each in order.
DROP INDEX message_queued_answer;
DROP INDEX message_queued_bot;
CREATE INDEX message_queued_bot ON message (bot_id, bulk, seq) WHERE status = 1;
-- A contact's queued messages are among its newest ones.
DROP INDEX message_queued_contact;
