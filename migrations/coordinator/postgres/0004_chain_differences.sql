-- Where what the contracts answer is not what the projections of their events say. A row goes when the next look finds
-- both equal. `kept` is empty when there is no row, `told` when the contract knows nothing; times are milliseconds.
CREATE TABLE chain_differences (
    subject    TEXT COLLATE "C" NOT NULL CHECK (subject IN ('job', 'worker', 'market', 'registry')),
    id         TEXT COLLATE "C" NOT NULL,
    field      TEXT COLLATE "C" NOT NULL,
    kept       TEXT COLLATE "C",
    told       TEXT COLLATE "C",
    block      BIGINT NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen  BIGINT NOT NULL,
    PRIMARY KEY (subject, id, field)
);
