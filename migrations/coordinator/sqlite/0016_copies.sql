-- A task of kind 'copy' renders a frame that somebody else holds, to be sooner: the first right result of the two is
-- taken. `displaced` is the lease that lost the frame to this copy.
ALTER TABLE tasks ADD COLUMN copies INTEGER REFERENCES tasks (seq);
ALTER TABLE tasks ADD COLUMN displaced INTEGER REFERENCES leases (fence);

-- What makes a second live copy of the same frame impossible.
CREATE UNIQUE INDEX tasks_copied ON tasks (copies) WHERE copies IS NOT NULL AND state = 'leased';
CREATE INDEX tasks_by_copier ON tasks (worker) WHERE copies IS NOT NULL AND state = 'leased';
CREATE INDEX tasks_by_displaced ON tasks (displaced) WHERE displaced IS NOT NULL;
