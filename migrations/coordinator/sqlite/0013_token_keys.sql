-- Secrets that sign access tokens, shared by every replica. A key signs from `signs_from` on, which lies far enough ahead that
-- the others have read it before they see a token of it.
CREATE TABLE token_keys (
    kid        TEXT PRIMARY KEY,
    secret     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    signs_from INTEGER NOT NULL
) WITHOUT ROWID;
