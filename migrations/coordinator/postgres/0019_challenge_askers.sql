-- From where and when a challenge was asked for, so that nobody uses up somebody else's.
ALTER TABLE challenges ADD COLUMN asker TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE challenges ADD COLUMN asked_at BIGINT NOT NULL DEFAULT 0;
