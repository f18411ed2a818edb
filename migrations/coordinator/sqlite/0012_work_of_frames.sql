-- How much work the frames of a job are, and how fast a worker is, as far as frames that came in tell. Work is seconds on a
-- worker of speed 1; `log_work` is the sum of its logarithms over `measured` frames.
ALTER TABLE jobs ADD COLUMN measured INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN log_work REAL NOT NULL DEFAULT 0;
ALTER TABLE workers ADD COLUMN speed REAL NOT NULL DEFAULT 1;
