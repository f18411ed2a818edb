-- Several coordinators on one database. Each hears of a commit that wrote to the log when it is made, and not before;
-- many inserts in one transaction are one bell.
CREATE FUNCTION ring_for_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('veriframe_events', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER events_are_told AFTER INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION ring_for_events();

-- What this database is called where several share something else, such as a Redis.
CREATE TABLE installation (id TEXT COLLATE "C" NOT NULL);
INSERT INTO installation (id) VALUES (replace(gen_random_uuid()::text, '-', ''));
