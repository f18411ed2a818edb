-- What the contracts told, as the indexer read it. All of it can be made again from the chain, and blocks of it are
-- taken back when the chain is reorganised. Times of blocks are seconds since 1970, as the chain has them.

-- One row: which deployment the rest is from, and what happened to the copy.
CREATE TABLE chain_source (
    id          BIGINT PRIMARY KEY CHECK (id = 1),
    chain_id    TEXT COLLATE "C" NOT NULL,
    market      TEXT COLLATE "C" NOT NULL,
    registry    TEXT COLLATE "C" NOT NULL,
    start_block BIGINT NOT NULL,
    reorgs      BIGINT NOT NULL DEFAULT 0,
    misses      BIGINT NOT NULL DEFAULT 0
);

-- Blocks whose hash is remembered: those with events, and the last one of each step. The newest is how far we are.
CREATE TABLE chain_blocks (
    number    BIGINT PRIMARY KEY,
    hash      TEXT COLLATE "C" NOT NULL,
    parent    TEXT COLLATE "C" NOT NULL,
    timestamp BIGINT NOT NULL
);

-- Raw and read. `reason` says why an event could not be read.
CREATE TABLE chain_events (
    block_hash  TEXT COLLATE "C" NOT NULL,
    tx          TEXT COLLATE "C" NOT NULL,
    event_index BIGINT NOT NULL,
    block       BIGINT NOT NULL,
    tx_index    BIGINT NOT NULL,
    timestamp   BIGINT NOT NULL,
    contract    TEXT COLLATE "C" NOT NULL,
    keys        TEXT COLLATE "C" NOT NULL,
    data        TEXT COLLATE "C" NOT NULL,
    name        TEXT COLLATE "C",
    job         BIGINT,
    account     TEXT COLLATE "C",
    reason      TEXT COLLATE "C",
    PRIMARY KEY (block_hash, tx, event_index)
);
CREATE UNIQUE INDEX chain_events_in_order ON chain_events (block, tx_index, event_index);
CREATE INDEX chain_events_by_job ON chain_events (job, block) WHERE job IS NOT NULL;
CREATE INDEX chain_events_by_account ON chain_events (account, block) WHERE account IS NOT NULL;
CREATE INDEX chain_events_by_name ON chain_events (name, block);
CREATE INDEX chain_events_unread ON chain_events (block, tx_index, event_index) WHERE reason IS NOT NULL;

-- Columns are empty until the event that tells them.
CREATE TABLE chain_jobs (
    id               BIGINT PRIMARY KEY,
    state            TEXT COLLATE "C" NOT NULL,
    creator          TEXT COLLATE "C",
    budget           TEXT COLLATE "C",
    deadline         BIGINT,
    challenge_window BIGINT,
    self_assign      BIGINT,
    spec_commitment  TEXT COLLATE "C",
    worker           TEXT COLLATE "C",
    aggregator       TEXT COLLATE "C",
    settlement_root  TEXT COLLATE "C",
    total_paid       TEXT COLLATE "C",
    refund           TEXT COLLATE "C",
    worker_share     BIGINT,
    ends_at          BIGINT,
    results_cid      TEXT COLLATE "C",
    created_block    BIGINT,
    created_tx       TEXT COLLATE "C",
    last_tx          TEXT COLLATE "C" NOT NULL,
    claimable        TEXT COLLATE "C"
);
CREATE INDEX chain_jobs_by_creator ON chain_jobs (creator) WHERE creator IS NOT NULL;

CREATE TABLE chain_workers (
    address    TEXT COLLATE "C" PRIMARY KEY,
    registered BIGINT,
    verified   BIGINT,
    stake      TEXT COLLATE "C",
    locked     TEXT COLLATE "C",
    unbonding  TEXT COLLATE "C",
    reputation BIGINT
);

CREATE TABLE chain_payments (
    block       BIGINT NOT NULL,
    tx_index    BIGINT NOT NULL,
    event_index BIGINT NOT NULL,
    tx          TEXT COLLATE "C" NOT NULL,
    contract    TEXT COLLATE "C" NOT NULL,
    account     TEXT COLLATE "C" NOT NULL,
    amount      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (block, tx_index, event_index)
);
CREATE INDEX chain_payments_by_account ON chain_payments (account, block);

CREATE TABLE chain_claims (
    block       BIGINT NOT NULL,
    tx_index    BIGINT NOT NULL,
    event_index BIGINT NOT NULL,
    tx          TEXT COLLATE "C" NOT NULL,
    job         BIGINT NOT NULL,
    worker      TEXT COLLATE "C" NOT NULL,
    amount      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (block, tx_index, event_index)
);
CREATE INDEX chain_claims_by_job ON chain_claims (job, worker);
