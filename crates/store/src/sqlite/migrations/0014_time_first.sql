-- What is remembered of a visitor's message begins with the message's id instead of the visitor: ids begin with the time, so what is written together lies
-- together, where each message changed a page of its own. A visitor's name has no colon.
UPDATE dedup SET key = substr(key, instr(key, ':') + 1) || ':' || substr(key, 1, instr(key, ':') - 1) WHERE kind = 1 AND instr(key, ':') > 0;
