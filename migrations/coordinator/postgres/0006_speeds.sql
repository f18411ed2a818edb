-- How fast a worker is on a job: what it handed in and how long that took. Kept as it is handed in, so that a claim
-- reads one row instead of every frame.
CREATE TABLE speeds (
    job     TEXT COLLATE "C" NOT NULL REFERENCES jobs (id),
    worker  TEXT COLLATE "C" NOT NULL,
    frames  BIGINT NOT NULL,
    seconds DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (job, worker)
);
CREATE INDEX speeds_by_worker ON speeds (worker);

INSERT INTO speeds (job, worker, frames, seconds)
SELECT job, worker, count(*), sum(seconds) FROM tasks
WHERE worker IS NOT NULL AND seconds IS NOT NULL AND state IN ('submitted', 'verified', 'paid')
GROUP BY job, worker;

-- The few queued tasks that are not for everybody: somebody failed them, or they check somebody's frame.
CREATE INDEX tasks_with_history ON tasks (job, kind, frame) WHERE state = 'queued' AND (failures > 0 OR audits IS NOT NULL);

-- Counts the tasks of a statement together: a lease of twenty tasks is one change of a count, not twenty.
DROP TRIGGER tasks_counted_on_insert ON tasks;
DROP TRIGGER tasks_counted_on_update ON tasks;
DROP FUNCTION count_task();

CREATE FUNCTION count_new_tasks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO task_counts (job, kind, state, n)
    SELECT job, kind, state, count(*) FROM fresh GROUP BY job, kind, state
    ON CONFLICT (job, kind, state) DO UPDATE SET n = task_counts.n + excluded.n;
    RETURN NULL;
END
$$;

CREATE FUNCTION count_changed_tasks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO task_counts (job, kind, state, n)
    SELECT job, kind, state, sum(n) FROM (
        SELECT fresh.job, fresh.kind, fresh.state, 1 AS n
        FROM fresh JOIN stale ON stale.seq = fresh.seq WHERE stale.state <> fresh.state
        UNION ALL
        SELECT stale.job, stale.kind, stale.state, -1
        FROM fresh JOIN stale ON stale.seq = fresh.seq WHERE stale.state <> fresh.state
    ) AS changes GROUP BY job, kind, state
    ON CONFLICT (job, kind, state) DO UPDATE SET n = task_counts.n + excluded.n;
    RETURN NULL;
END
$$;

CREATE TRIGGER tasks_counted_on_insert AFTER INSERT ON tasks
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION count_new_tasks();
CREATE TRIGGER tasks_counted_on_update AFTER UPDATE ON tasks
    REFERENCING NEW TABLE AS fresh OLD TABLE AS stale FOR EACH STATEMENT EXECUTE FUNCTION count_changed_tasks();
