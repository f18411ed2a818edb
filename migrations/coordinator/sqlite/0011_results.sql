-- The folder that a complete job's frames were gathered into.
ALTER TABLE jobs ADD COLUMN results_cid TEXT;
