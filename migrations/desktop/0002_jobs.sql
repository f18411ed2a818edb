-- A job on its way from a .blend to an open job of the coordinator, and everything this computer remembers about jobs.
-- A row outlives its posting: it maps the id that the window got at once to the coordinator's, and keeps how long each stage took.
CREATE TABLE job_drafts (
    -- `draft-` and a random id; also the Idempotency-Key of the one request that pays.
    id             TEXT PRIMARY KEY,
    name           TEXT NOT NULL,
    -- packing, pinning, funding, posted, failed, cancelled
    stage          TEXT NOT NULL,
    -- What the artist chose, as JSON.
    settings       TEXT NOT NULL,
    -- The request that pays, as JSON: without the scene's root until it is pinned, and never changed after that, so that a
    -- repeat is the same request.
    request        TEXT,
    -- The coordinator's id, from `posted` on.
    job            TEXT UNIQUE,
    -- Why it failed.
    note           TEXT NOT NULL DEFAULT '',
    -- `embedded`, or the URL the money is at: a draft is only ever paid where it was begun.
    coordinator    TEXT NOT NULL,
    created_at_ms  INTEGER NOT NULL,
    packed_ms      INTEGER,
    pinned_ms      INTEGER,
    funded_ms      INTEGER,
    bytes          INTEGER NOT NULL DEFAULT 0,
    files          INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX job_drafts_stage ON job_drafts (stage);

-- Where the frames of a job were saved last.
CREATE TABLE job_saves (
    job     TEXT PRIMARY KEY,
    folder  TEXT NOT NULL
) STRICT;

-- How long frames of a file took, for the next estimate.
CREATE TABLE frame_measurements (
    path            TEXT NOT NULL,
    scene           TEXT NOT NULL,
    -- `test`: rendered here before paying; `job`: came back from a worker.
    source          TEXT NOT NULL,
    pixels          INTEGER NOT NULL,
    samples         INTEGER NOT NULL,
    -- Rendering time on a computer of this score.
    seconds         REAL NOT NULL,
    measured_at_ms  INTEGER NOT NULL,
    PRIMARY KEY (path, scene, source)
) STRICT;

CREATE TABLE recent_files (
    path          TEXT PRIMARY KEY,
    opened_at_ms  INTEGER NOT NULL
) STRICT;
