-- Of the seconds, those until the first sample was begun, which do not grow with pixels and samples; NULL: not known.
ALTER TABLE frame_measurements ADD COLUMN before_sampling REAL;
