-- Workers that an operator keeps from taking work.
CREATE TABLE suspensions (
    worker   TEXT COLLATE "C" PRIMARY KEY,
    reason   TEXT COLLATE "C" NOT NULL,
    operator TEXT COLLATE "C" NOT NULL,
    at       BIGINT NOT NULL
);
