-- What a person changed; a key that is absent has its default.
CREATE TABLE settings (
    key      TEXT PRIMARY KEY,
    -- Version of the shape in `value`.
    version  INTEGER NOT NULL,
    -- JSON.
    value    TEXT NOT NULL
) STRICT;

-- What each Blender said about itself, so that it is asked again only when its file changed.
CREATE TABLE blenders (
    path          TEXT PRIMARY KEY,
    modified_ms   INTEGER NOT NULL,
    bytes         INTEGER NOT NULL,
    -- JSON of the installation; empty when it could not be asked.
    installation  TEXT NOT NULL,
    -- Why it cannot be used; empty when it can.
    error         TEXT NOT NULL
) STRICT;

-- The worker's journal: frames that are rendered and not handed in yet. Written before the upload begins.
CREATE TABLE kept_frames (
    job         TEXT NOT NULL,
    -- Unique within its coordinator only.
    task        TEXT NOT NULL,
    frame       INTEGER NOT NULL,
    -- A frame serves only for the very scene and settings it was rendered with.
    asset_cid   TEXT NOT NULL,
    render      TEXT NOT NULL,
    -- File name inside the kept folder.
    file        TEXT NOT NULL,
    -- JSON of the frame's facts.
    facts       TEXT NOT NULL,
    kept_at_ms  INTEGER NOT NULL,
    PRIMARY KEY (job, task)
) STRICT;

-- The newest benchmark of each device.
CREATE TABLE benchmarks (
    device     TEXT PRIMARY KEY,
    blender    TEXT NOT NULL,
    score      INTEGER NOT NULL,
    run_at_ms  INTEGER NOT NULL
) STRICT;
