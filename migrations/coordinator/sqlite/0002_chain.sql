-- What the contracts told, as the indexer read it. All of it can be made again from the chain, and blocks of it are
-- taken back when the chain is reorganised. Times of blocks are seconds since 1970, as the chain has them.

-- One row: which deployment the rest is from, and what happened to the copy.
CREATE TABLE chain_source (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    chain_id    TEXT NOT NULL,
    market      TEXT NOT NULL,
    registry    TEXT NOT NULL,
    start_block INTEGER NOT NULL,
    reorgs      INTEGER NOT NULL DEFAULT 0,
    misses      INTEGER NOT NULL DEFAULT 0
);

-- Blocks whose hash is remembered: those with events, and the last one of each step. The newest is how far we are.
CREATE TABLE chain_blocks (
    number    INTEGER PRIMARY KEY,
    hash      TEXT NOT NULL,
    parent    TEXT NOT NULL,
    timestamp INTEGER NOT NULL
);

-- Raw and read. `reason` says why an event could not be read.
CREATE TABLE chain_events (
    block_hash  TEXT NOT NULL,
    tx          TEXT NOT NULL,
    event_index INTEGER NOT NULL,
    block       INTEGER NOT NULL,
    tx_index    INTEGER NOT NULL,
    timestamp   INTEGER NOT NULL,
    contract    TEXT NOT NULL,
    keys        TEXT NOT NULL,
    data        TEXT NOT NULL,
    name        TEXT,
    job         INTEGER,
    account     TEXT,
    reason      TEXT,
    PRIMARY KEY (block_hash, tx, event_index)
) WITHOUT ROWID;
CREATE UNIQUE INDEX chain_events_in_order ON chain_events (block, tx_index, event_index);
CREATE INDEX chain_events_by_job ON chain_events (job, block) WHERE job IS NOT NULL;
CREATE INDEX chain_events_by_account ON chain_events (account, block) WHERE account IS NOT NULL;
CREATE INDEX chain_events_by_name ON chain_events (name, block);
CREATE INDEX chain_events_unread ON chain_events (block, tx_index, event_index) WHERE reason IS NOT NULL;

-- Columns are empty until the event that tells them.
CREATE TABLE chain_jobs (
    id               INTEGER PRIMARY KEY,
    state            TEXT NOT NULL,
    creator          TEXT,
    budget           TEXT,
    deadline         INTEGER,
    challenge_window INTEGER,
    self_assign      INTEGER,
    spec_commitment  TEXT,
    worker           TEXT,
    aggregator       TEXT,
    settlement_root  TEXT,
    total_paid       TEXT,
    refund           TEXT,
    worker_share     INTEGER,
    ends_at          INTEGER,
    results_cid      TEXT,
    created_block    INTEGER,
    created_tx       TEXT,
    last_tx          TEXT NOT NULL
);
CREATE INDEX chain_jobs_by_creator ON chain_jobs (creator) WHERE creator IS NOT NULL;

CREATE TABLE chain_workers (
    address    TEXT PRIMARY KEY,
    registered INTEGER,
    verified   INTEGER,
    stake      TEXT,
    locked     TEXT,
    unbonding  TEXT,
    reputation INTEGER
) WITHOUT ROWID;

CREATE TABLE chain_payments (
    block       INTEGER NOT NULL,
    tx_index    INTEGER NOT NULL,
    event_index INTEGER NOT NULL,
    tx          TEXT NOT NULL,
    contract    TEXT NOT NULL,
    account     TEXT NOT NULL,
    amount      TEXT NOT NULL,
    PRIMARY KEY (block, tx_index, event_index)
) WITHOUT ROWID;
CREATE INDEX chain_payments_by_account ON chain_payments (account, block);

CREATE TABLE chain_claims (
    block       INTEGER NOT NULL,
    tx_index    INTEGER NOT NULL,
    event_index INTEGER NOT NULL,
    tx          TEXT NOT NULL,
    job         INTEGER NOT NULL,
    worker      TEXT NOT NULL,
    amount      TEXT NOT NULL,
    PRIMARY KEY (block, tx_index, event_index)
) WITHOUT ROWID;
CREATE INDEX chain_claims_by_job ON chain_claims (job, worker);
