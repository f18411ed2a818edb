-- Jobs that workers may take by themselves, as the market's events told: a stranger's words, checked as far as they can be
-- without the chain. `market` is the chain and the contract's address.
CREATE TABLE direct_offers (
    market   TEXT NOT NULL,
    job      INTEGER NOT NULL,
    -- JSON: what the creator published.
    offer    TEXT NOT NULL,
    PRIMARY KEY (market, job)
) STRICT;

-- How far the events of a market were read.
CREATE TABLE direct_cursors (
    market     TEXT PRIMARY KEY,
    next_block INTEGER NOT NULL
) STRICT;

-- Jobs that this worker took, or was about to take, by transaction.
CREATE TABLE direct_jobs (
    -- The job's name among kept frames and transactions.
    key          TEXT PRIMARY KEY,
    market       TEXT NOT NULL,
    job          INTEGER NOT NULL,
    offer        TEXT NOT NULL,
    -- taking, rendering, showing, waiting, done, lost
    stage        TEXT NOT NULL,
    -- What was committed to, once it is fixed: the list of results, where it is, and the salt. Without them the bond and
    -- the stake are lost.
    results      TEXT NOT NULL DEFAULT '',
    results_cid  TEXT NOT NULL DEFAULT '',
    salt         TEXT NOT NULL DEFAULT '',
    -- Why it was lost; for people.
    note         TEXT NOT NULL DEFAULT '',
    taken_at_ms  INTEGER NOT NULL
) STRICT;
CREATE INDEX direct_jobs_stage ON direct_jobs (market, stage);
