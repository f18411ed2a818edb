-- Secrets that sign access tokens, shared by every replica. A key signs from `signs_from` on, which lies far enough ahead that
-- the others have read it before they see a token of it.
CREATE TABLE token_keys (
    kid        TEXT COLLATE "C" PRIMARY KEY,
    secret     TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    signs_from BIGINT NOT NULL
);
