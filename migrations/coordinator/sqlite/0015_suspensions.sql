-- Workers that an operator keeps from taking work.
CREATE TABLE suspensions (
    worker   TEXT PRIMARY KEY,
    reason   TEXT NOT NULL,
    operator TEXT NOT NULL,
    at       INTEGER NOT NULL
) WITHOUT ROWID;
