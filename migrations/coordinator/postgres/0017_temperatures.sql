-- What a worker said last of its devices' temperatures, as JSON.
ALTER TABLE workers ADD COLUMN temperatures TEXT NOT NULL DEFAULT '[]';
