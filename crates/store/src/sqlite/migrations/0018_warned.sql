-- When the bot's log last said that retention comes near what the webhook has not had.
ALTER TABLE webhook ADD COLUMN warned_at INTEGER;
