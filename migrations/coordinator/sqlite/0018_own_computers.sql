-- Where a job stands among its creator's, once the creator ordered them: the lower is rendered sooner. Without it: `seq`.
ALTER TABLE jobs ADD COLUMN turn INTEGER;
-- Accounts besides the creator's whose computers belong to the same house, as JSON: what they render is not paid.
ALTER TABLE jobs ADD COLUMN house TEXT NOT NULL DEFAULT '[]';
-- Seconds of a frame: the mean of those that came in, the newer ones weighing more.
ALTER TABLE jobs ADD COLUMN frame_seconds REAL;
