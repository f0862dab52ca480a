-- People who sign in. The password is an argon2id hash in PHC form.
CREATE TABLE member (
  id BLOB PRIMARY KEY CONSTRAINT member_id_16 CHECK (length(id) = 16),
  account_id BLOB NOT NULL,
  -- lower case: one person of one address in the installation
  email TEXT NOT NULL CONSTRAINT member_one_of_an_email UNIQUE,
  password TEXT NOT NULL CONSTRAINT member_password_is_hashed CHECK (password LIKE '$argon2id$%'),
  created_at INTEGER NOT NULL,
  doc BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX member_account ON member (account_id);

-- Signed-in browsers. The session's token is in its cookie only.
CREATE TABLE session (
  hash BLOB PRIMARY KEY CONSTRAINT session_hash_32 CHECK (length(hash) = 32),
  member_id BLOB NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_member ON session (member_id);
CREATE INDEX session_expires ON session (expires_at);

-- Up to where somebody has read a chat: the sequence of a message. No row: nothing of it.
CREATE TABLE chat_read (
  contact_id BLOB PRIMARY KEY,
  seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO chat_read SELECT contact_id, max(seq) FROM message GROUP BY contact_id;

-- Open chats, for those who answer them.
ALTER TABLE contact ADD COLUMN chat_open INTEGER NOT NULL DEFAULT 0 CONSTRAINT contact_chat_open_is_a_switch CHECK (chat_open IN (0, 1));
UPDATE contact SET chat_open = 1
  WHERE CASE WHEN json_valid(CAST(doc AS TEXT)) THEN json_extract(CAST(doc AS TEXT), '$.chat.state') = 'open' ELSE 0 END;
CREATE INDEX contact_chat_open ON contact (bot_id, seq) WHERE chat_open = 1;
