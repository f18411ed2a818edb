-- How a worker's reputation came to be what it is: a line for each change, written with it.
CREATE TABLE reputation_history (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT,
    worker        TEXT NOT NULL,
    at            INTEGER NOT NULL,
    was           INTEGER NOT NULL,
    became        INTEGER NOT NULL,
    reason        TEXT NOT NULL,
    job           TEXT NOT NULL,
    frame         INTEGER NOT NULL
);
CREATE INDEX reputation_history_by_worker ON reputation_history (worker, seq);
CREATE INDEX workers_by_reputation ON workers (reputation, address);

-- What a worker can render with, where a list can be narrowed by it. An empty engine stands for the Blender itself.
CREATE TABLE worker_blenders (
    worker  TEXT NOT NULL REFERENCES workers (address),
    version TEXT NOT NULL,
    engine  TEXT NOT NULL,
    PRIMARY KEY (worker, version, engine)
) WITHOUT ROWID;
CREATE INDEX worker_blenders_by_engine ON worker_blenders (engine, worker);
INSERT OR IGNORE INTO worker_blenders (worker, version, engine)
    SELECT w.address, json_extract(b.value, '$.version'), ''
    FROM workers w, json_each(w.capabilities, '$.blenders') b;
INSERT OR IGNORE INTO worker_blenders (worker, version, engine)
    SELECT w.address, json_extract(b.value, '$.version'), e.value
    FROM workers w, json_each(w.capabilities, '$.blenders') b, json_each(b.value, '$.engines') e;

-- The status that goes with a kept answer; 200 is what all had before.
ALTER TABLE idempotency ADD COLUMN status INTEGER NOT NULL DEFAULT 200;
