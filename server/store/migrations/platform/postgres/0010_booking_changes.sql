-- What has changed in an environment, for who keeps what was read: each employee and room whose calendar did, the
-- directories (all bits of the id 0), what is set up (all bits 1), with the transaction that changed it. Who keeps the
-- snapshot that it read in finds what that did not see. Transactions that change things at once wait for nobody here, which they
-- would with a number that goes up.
CREATE TABLE booking_changes (
    organisation bytea NOT NULL,
    environment text COLLATE "C" NOT NULL,
    written xid8 NOT NULL DEFAULT pg_current_xact_id(),
    resource bytea NOT NULL,
    -- By the clock of the database: when it may be forgotten.
    at bigint NOT NULL DEFAULT floor(extract(epoch FROM clock_timestamp()) * 1000000),
    CONSTRAINT booking_changes__resource PRIMARY KEY (organisation, environment, written, resource)
);
CREATE INDEX booking_changes_by_age ON booking_changes (at);

-- The plans of statements within are kept for the session, unlike those of a function in SQL.
CREATE FUNCTION booking_slots_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed bytea;
BEGIN
    FOREACH changed IN ARRAY CASE TG_OP
        WHEN 'INSERT' THEN ARRAY[NEW.employee, NEW.room]
        WHEN 'UPDATE' THEN ARRAY[NEW.employee, NEW.room, OLD.employee, OLD.room]
        ELSE ARRAY[OLD.employee, OLD.room] END
    LOOP
        IF changed IS NOT NULL THEN
            INSERT INTO booking_changes (organisation, environment, resource)
            VALUES (coalesce(NEW.organisation, OLD.organisation), coalesce(NEW.environment, OLD.environment), changed)
            ON CONFLICT DO NOTHING;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER booking_slots_insert AFTER INSERT ON booking_slots
    FOR EACH ROW EXECUTE FUNCTION booking_slots_changed();
-- A hold that is taken away once it has ended changes nothing: who knows of it knows its end.
CREATE TRIGGER booking_slots_update AFTER UPDATE ON booking_slots
    FOR EACH ROW WHEN (NEW.deleted IS NULL OR NEW.expires IS NULL OR NEW.deleted < NEW.expires)
    EXECUTE FUNCTION booking_slots_changed();
CREATE TRIGGER booking_slots_delete AFTER DELETE ON booking_slots
    FOR EACH ROW WHEN (OLD.deleted IS NULL) EXECUTE FUNCTION booking_slots_changed();

CREATE FUNCTION directory_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO booking_changes (organisation, environment, resource)
    VALUES (coalesce(NEW.organisation, OLD.organisation), coalesce(NEW.environment, OLD.environment),
        '\x00000000000000000000000000000000')
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER directory_resources_write AFTER INSERT OR UPDATE ON directory_resources
    FOR EACH ROW WHEN (NEW.kind = 'user') EXECUTE FUNCTION directory_changed();
-- A tombstone that is removed is one employee less to nobody.
CREATE TRIGGER directory_resources_delete AFTER DELETE ON directory_resources
    FOR EACH ROW WHEN (OLD.kind = 'user' AND OLD.deleted_at IS NULL) EXECUTE FUNCTION directory_changed();

CREATE FUNCTION booking_setup_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO booking_changes (organisation, environment, resource)
    VALUES (NEW.organisation, NEW.environment, '\xffffffffffffffffffffffffffffffff')
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER booking_revisions_write AFTER INSERT OR UPDATE ON booking_revisions
    FOR EACH ROW EXECUTE FUNCTION booking_setup_changed();
