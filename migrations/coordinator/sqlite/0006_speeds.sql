-- How fast a worker is on a job: what it handed in and how long that took. Kept as it is handed in, so that a claim
-- reads one row instead of every frame.
CREATE TABLE speeds (
    job     TEXT NOT NULL REFERENCES jobs (id),
    worker  TEXT NOT NULL,
    frames  INTEGER NOT NULL,
    seconds REAL NOT NULL,
    PRIMARY KEY (job, worker)
);
CREATE INDEX speeds_by_worker ON speeds (worker);

INSERT INTO speeds (job, worker, frames, seconds)
SELECT job, worker, count(*), sum(seconds) FROM tasks
WHERE worker IS NOT NULL AND seconds IS NOT NULL AND state IN ('submitted', 'verified', 'paid')
GROUP BY job, worker;

-- The few queued tasks that are not for everybody: somebody failed them, or they check somebody's frame.
CREATE INDEX tasks_with_history ON tasks (job, kind, frame) WHERE state = 'queued' AND (failures > 0 OR audits IS NOT NULL);
