-- Why a draft ended, as scripts read it: the code of the error whose words are in `note`.
ALTER TABLE job_drafts ADD COLUMN code TEXT NOT NULL DEFAULT '';
