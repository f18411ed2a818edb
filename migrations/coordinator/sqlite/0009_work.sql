-- Work that follows from a change and is done later: written with the change, tried until it is done or given up.
CREATE TABLE work (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    kind         TEXT NOT NULL,
    -- What it is about. Of the same kind and subject there is one item at most that waits.
    subject      TEXT NOT NULL,
    payload      TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'dead')),
    attempts     INTEGER NOT NULL DEFAULT 0,
    run_at       INTEGER NOT NULL,
    -- Whoever runs it is thought dead after this.
    locked_until INTEGER,
    last_error   TEXT NOT NULL DEFAULT '',
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
);
CREATE UNIQUE INDEX work_waiting ON work (kind, subject) WHERE state = 'queued';
CREATE INDEX work_due ON work (run_at) WHERE state = 'queued';
CREATE INDEX work_running ON work (locked_until) WHERE state = 'running';
CREATE INDEX work_by_state ON work (state, seq);
