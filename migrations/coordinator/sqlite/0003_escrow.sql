-- Jobs whose money lies in the market contract, and how far each is settled. `manifest` is what was decided once and is
-- never decided again: who is paid how much for which frames.
CREATE TABLE escrows (
    job        TEXT PRIMARY KEY REFERENCES jobs (id),
    -- The job's number in the market. A payment belongs to one job.
    chain_job  INTEGER NOT NULL UNIQUE,
    -- As last seen on the chain.
    state      TEXT NOT NULL,
    -- The first worker that asked for the job while it was open.
    wanted_by  TEXT,
    -- JSON of the results, the CID of the same text, and what hides them until they are shown.
    manifest   TEXT,
    results    TEXT,
    salt       TEXT,
    -- What the shown result pays, and until when it can be challenged (seconds since 1970).
    total_paid TEXT,
    ends_at    INTEGER,
    -- Counts transactions that pay out or were undone, so that each try has a name of its own.
    attempt    INTEGER NOT NULL DEFAULT 0,
    -- Nothing is left to do.
    closed     INTEGER NOT NULL DEFAULT 0,
    paid_out   INTEGER NOT NULL DEFAULT 0,
    -- Why it does not go on; empty while it does.
    note       TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX escrows_open ON escrows (chain_job) WHERE closed = 0;

-- The coordinator's own transactions, signed and written down before they are sent. `id` names what is to be done.
CREATE TABLE signed_transactions (
    seq   INTEGER PRIMARY KEY AUTOINCREMENT,
    id    TEXT NOT NULL,
    hash  TEXT NOT NULL UNIQUE,
    nonce INTEGER NOT NULL,
    body  TEXT NOT NULL,
    at    INTEGER NOT NULL
);
CREATE INDEX signed_transactions_by_id ON signed_transactions (id, seq);
