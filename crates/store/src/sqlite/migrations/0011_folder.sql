-- A folder is a name that flows of a bot share; NULL: in none.
ALTER TABLE flow ADD COLUMN folder TEXT CONSTRAINT flow_folder_has_a_name CHECK (folder <> '');
