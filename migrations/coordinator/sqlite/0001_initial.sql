-- Times are milliseconds since 1970 in UTC. Money is a decimal text of the smallest unit, because a sum does not fit in 64 bits.
-- Append-only: never edit a migration that has been released; add the next number.

CREATE TABLE challenges (
    nonce      TEXT PRIMARY KEY,
    address    TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX challenges_by_address ON challenges (address, expires_at);

-- Only digests of refresh tokens are kept. A token that comes a second time takes its whole family down.
CREATE TABLE refresh_tokens (
    digest     TEXT PRIMARY KEY,
    family     TEXT NOT NULL,
    address    TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    spent      INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family);

CREATE TABLE workers (
    address       TEXT PRIMARY KEY,
    instance      TEXT NOT NULL,
    status        TEXT NOT NULL,
    reason        TEXT NOT NULL DEFAULT '',
    capabilities  TEXT NOT NULL,
    contact       TEXT NOT NULL DEFAULT '',
    price_floor   TEXT NOT NULL,
    free_slots    INTEGER NOT NULL,
    reputation    INTEGER NOT NULL,
    verified      INTEGER NOT NULL DEFAULT 0,
    rejected      INTEGER NOT NULL DEFAULT 0,
    registered_at INTEGER NOT NULL,
    last_seen_at  INTEGER NOT NULL
);
CREATE INDEX workers_by_status ON workers (status, last_seen_at);

-- How many results in a row of a worker a creator's jobs have not seen rejected: the chance of an audit falls with it.
CREATE TABLE trust (
    worker       TEXT NOT NULL,
    creator      TEXT NOT NULL,
    valid_in_row INTEGER NOT NULL,
    PRIMARY KEY (worker, creator)
) WITHOUT ROWID;

CREATE TABLE jobs (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    creator     TEXT NOT NULL,
    name        TEXT NOT NULL,
    status      TEXT NOT NULL,
    engine      TEXT NOT NULL,
    asset_cid   TEXT NOT NULL,
    frame_count INTEGER NOT NULL,
    request     TEXT NOT NULL,
    price       TEXT NOT NULL,
    cap         TEXT NOT NULL,
    spent       TEXT NOT NULL DEFAULT '0',
    refunded    TEXT NOT NULL DEFAULT '0',
    created_at  INTEGER NOT NULL,
    deadline    INTEGER,
    ended_at    INTEGER
);
CREATE INDEX jobs_by_status ON jobs (status, seq);
CREATE INDEX jobs_by_creator ON jobs (creator, seq);
CREATE INDEX jobs_by_engine ON jobs (engine, seq);
CREATE INDEX jobs_by_deadline ON jobs (deadline) WHERE deadline IS NOT NULL AND ended_at IS NULL;

CREATE TABLE job_timeline (
    seq    INTEGER PRIMARY KEY AUTOINCREMENT,
    job    TEXT NOT NULL REFERENCES jobs (id),
    at     INTEGER NOT NULL,
    status TEXT NOT NULL,
    note   TEXT NOT NULL DEFAULT ''
);
CREATE INDEX job_timeline_by_job ON job_timeline (job, seq);

CREATE TABLE leases (
    fence      INTEGER PRIMARY KEY AUTOINCREMENT,
    job        TEXT NOT NULL REFERENCES jobs (id),
    worker     TEXT NOT NULL,
    instance   TEXT NOT NULL,
    state      TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE INDEX leases_by_expiry ON leases (expires_at) WHERE state = 'active';
CREATE INDEX leases_by_worker ON leases (worker) WHERE state = 'active';
CREATE INDEX leases_by_job ON leases (job) WHERE state = 'active';

-- A frame to render, or (kind 'audit') a frame to render once more. `edition` counts the times a creator asked for a paid
-- frame again; a task is paid at most once per edition.
CREATE TABLE tasks (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    job          TEXT NOT NULL REFERENCES jobs (id),
    kind         TEXT NOT NULL,
    frame        INTEGER NOT NULL,
    state        TEXT NOT NULL,
    edition      INTEGER NOT NULL DEFAULT 0,
    worker       TEXT,
    lease        INTEGER REFERENCES leases (fence),
    audits       INTEGER REFERENCES tasks (seq),
    round        INTEGER NOT NULL DEFAULT 0,
    result       TEXT,
    verdict      TEXT,
    paid         TEXT NOT NULL DEFAULT '0',
    failures     INTEGER NOT NULL DEFAULT 0,
    last_failure TEXT NOT NULL DEFAULT '',
    updated_at   INTEGER NOT NULL
);
CREATE INDEX tasks_by_state ON tasks (job, state, kind, frame);
CREATE INDEX tasks_by_frame ON tasks (job, frame, seq);
CREATE INDEX tasks_by_worker ON tasks (worker, state, job) WHERE worker IS NOT NULL;
CREATE INDEX tasks_by_lease ON tasks (lease) WHERE lease IS NOT NULL;
CREATE INDEX tasks_by_audited ON tasks (audits) WHERE audits IS NOT NULL;

-- Counted by triggers, so that a list of jobs with ten thousand frames each needs no counting.
CREATE TABLE task_counts (
    job   TEXT NOT NULL,
    kind  TEXT NOT NULL,
    state TEXT NOT NULL,
    n     INTEGER NOT NULL,
    PRIMARY KEY (job, kind, state)
) WITHOUT ROWID;

CREATE TRIGGER tasks_counted_on_insert AFTER INSERT ON tasks BEGIN
    INSERT INTO task_counts (job, kind, state, n) VALUES (new.job, new.kind, new.state, 1)
        ON CONFLICT DO UPDATE SET n = n + 1;
END;

CREATE TRIGGER tasks_counted_on_update AFTER UPDATE OF state ON tasks WHEN new.state <> old.state BEGIN
    UPDATE task_counts SET n = n - 1 WHERE job = old.job AND kind = old.kind AND state = old.state;
    INSERT INTO task_counts (job, kind, state, n) VALUES (new.job, new.kind, new.state, 1)
        ON CONFLICT DO UPDATE SET n = n + 1;
END;

-- Who failed a task: it is offered to somebody else, if there is anybody.
CREATE TABLE task_failures (
    seq    INTEGER PRIMARY KEY AUTOINCREMENT,
    task   INTEGER NOT NULL REFERENCES tasks (seq),
    worker TEXT NOT NULL,
    reason TEXT NOT NULL,
    at     INTEGER NOT NULL
);
CREATE INDEX task_failures_by_task ON task_failures (task, worker);

CREATE TABLE job_log (
    seq    INTEGER PRIMARY KEY AUTOINCREMENT,
    job    TEXT NOT NULL REFERENCES jobs (id),
    task   INTEGER NOT NULL,
    frame  INTEGER NOT NULL,
    worker TEXT NOT NULL,
    failed INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    text   TEXT NOT NULL
);
CREATE INDEX job_log_by_job ON job_log (job, seq);

-- The primary key is what makes a second payout of the same work impossible.
CREATE TABLE payouts (
    task    INTEGER NOT NULL REFERENCES tasks (seq),
    edition INTEGER NOT NULL,
    job     TEXT NOT NULL,
    worker  TEXT NOT NULL,
    amount  TEXT NOT NULL,
    seconds REAL NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (task, edition)
) WITHOUT ROWID;
CREATE INDEX payouts_by_worker ON payouts (worker, at);

-- Double entry: a transfer is two entries whose amounts add up to nothing.
CREATE TABLE accounts (
    id      TEXT PRIMARY KEY,
    balance TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE transfers (
    seq    INTEGER PRIMARY KEY AUTOINCREMENT,
    at     INTEGER NOT NULL,
    kind   TEXT NOT NULL,
    source TEXT NOT NULL REFERENCES accounts (id),
    target TEXT NOT NULL REFERENCES accounts (id),
    amount TEXT NOT NULL,
    job    TEXT,
    frame  INTEGER
);

CREATE TABLE entries (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    transfer INTEGER NOT NULL REFERENCES transfers (seq),
    account  TEXT NOT NULL REFERENCES accounts (id),
    amount   TEXT NOT NULL,
    balance  TEXT NOT NULL
);
CREATE INDEX entries_by_account ON entries (account, seq);

-- The transactional outbox: what happened, in the one order that everybody reads.
CREATE TABLE events (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    job     TEXT,
    creator TEXT,
    worker  TEXT,
    market  INTEGER NOT NULL,
    body    TEXT NOT NULL
);

CREATE TABLE idempotency (
    address TEXT NOT NULL,
    key     TEXT NOT NULL,
    request TEXT NOT NULL,
    answer  TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (address, key)
) WITHOUT ROWID;
