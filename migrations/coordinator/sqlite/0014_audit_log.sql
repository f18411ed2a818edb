-- Who did what that somebody may ask about later. Nothing changes or deletes a row.
CREATE TABLE audit_log (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    -- The account, as far as it was known; empty for what the coordinator did by itself.
    who        TEXT NOT NULL,
    action     TEXT NOT NULL,
    target     TEXT NOT NULL,
    note       TEXT NOT NULL,
    -- The address on the network, and the request.
    origin     TEXT NOT NULL,
    request_id TEXT NOT NULL
);
CREATE INDEX audit_log_by_who ON audit_log (who, seq);
CREATE INDEX audit_log_by_action ON audit_log (action, seq);

CREATE TRIGGER audit_log_is_not_changed BEFORE UPDATE ON audit_log BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_log_is_not_deleted BEFORE DELETE ON audit_log BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
