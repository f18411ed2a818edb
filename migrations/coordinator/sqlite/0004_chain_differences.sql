-- Where what the contracts answer is not what the projections of their events say. A row goes when the next look finds
-- both equal. `kept` is empty when there is no row, `told` when the contract knows nothing; times are milliseconds.
CREATE TABLE chain_differences (
    subject    TEXT NOT NULL CHECK (subject IN ('job', 'worker', 'market', 'registry')),
    id         TEXT NOT NULL,
    field      TEXT NOT NULL,
    kept       TEXT,
    told       TEXT,
    block      INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL,
    PRIMARY KEY (subject, id, field)
) WITHOUT ROWID;

-- `total_paid` stays what the result says it pays; what workers can claim of it after a dispute is another number.
ALTER TABLE chain_jobs ADD COLUMN claimable TEXT;

-- Events of governance can be read now, and what was overwritten in `total_paid` cannot be told from the rows. All of it
-- can be made again from the chain, so it is.
DELETE FROM chain_blocks;
DELETE FROM chain_events;
DELETE FROM chain_jobs;
DELETE FROM chain_workers;
DELETE FROM chain_payments;
DELETE FROM chain_claims;
