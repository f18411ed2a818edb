-- The job that a draft goes on with: another draft posted it before, and its id leads there as well.
ALTER TABLE job_drafts ADD COLUMN taken_up TEXT;
