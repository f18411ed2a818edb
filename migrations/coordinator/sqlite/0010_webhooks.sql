-- Where an account wants its events sent. `seen` is how far in the log it is: what comes after is still to be sent.
CREATE TABLE webhooks (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    account    TEXT NOT NULL,
    url        TEXT NOT NULL,
    topics     TEXT NOT NULL,
    secret     TEXT NOT NULL,
    seen       INTEGER NOT NULL,
    -- Deliveries in a row that were given up.
    given_up   INTEGER NOT NULL DEFAULT 0,
    paused     INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
);
CREATE INDEX webhooks_by_account ON webhooks (account, seq);

-- What was sent, or was tried to be. The event itself stands in the log.
CREATE TABLE webhook_deliveries (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook    TEXT NOT NULL REFERENCES webhooks (id),
    event      INTEGER NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('trying', 'delivered', 'dead')),
    attempts   INTEGER NOT NULL DEFAULT 0,
    status     INTEGER,
    error      TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (webhook, event)
);
CREATE INDEX webhook_deliveries_by_state ON webhook_deliveries (webhook, state, seq);
