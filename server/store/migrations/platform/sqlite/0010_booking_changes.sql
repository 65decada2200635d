-- What has changed in an environment, for who keeps what was read: of each employee and room whose calendar did, of the
-- directories (all bits of the id 0) and of what is set up (all bits 1) the number of the last change. Numbers of an environment go
-- up; a file has one writer, so they go up as changes are committed.
CREATE TABLE booking_changes (
    organisation BLOB NOT NULL,
    environment TEXT NOT NULL,
    resource BLOB NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (organisation, environment, resource)
) STRICT, WITHOUT ROWID;
CREATE INDEX booking_changes_by_number ON booking_changes (organisation, environment, number);

CREATE TRIGGER booking_slots_insert AFTER INSERT ON booking_slots BEGIN
    INSERT INTO booking_changes (organisation, environment, resource, number)
    SELECT NEW.organisation, NEW.environment, r.resource,
        (SELECT coalesce(max(c.number), 0) + 1 FROM booking_changes c
         WHERE c.organisation = NEW.organisation AND c.environment = NEW.environment)
    FROM (SELECT NEW.employee AS resource UNION SELECT NEW.room) r WHERE r.resource IS NOT NULL
    ON CONFLICT (organisation, environment, resource) DO UPDATE SET number = excluded.number;
END;
-- A hold that is taken away once it has ended changes nothing: who knows of it knows its end.
CREATE TRIGGER booking_slots_update AFTER UPDATE ON booking_slots
WHEN NEW.deleted IS NULL OR NEW.expires IS NULL OR NEW.deleted < NEW.expires BEGIN
    INSERT INTO booking_changes (organisation, environment, resource, number)
    SELECT NEW.organisation, NEW.environment, r.resource,
        (SELECT coalesce(max(c.number), 0) + 1 FROM booking_changes c
         WHERE c.organisation = NEW.organisation AND c.environment = NEW.environment)
    FROM (SELECT NEW.employee AS resource UNION SELECT NEW.room UNION SELECT OLD.employee UNION SELECT OLD.room) r
    WHERE r.resource IS NOT NULL
    ON CONFLICT (organisation, environment, resource) DO UPDATE SET number = excluded.number;
END;
CREATE TRIGGER booking_slots_delete AFTER DELETE ON booking_slots WHEN OLD.deleted IS NULL BEGIN
    INSERT INTO booking_changes (organisation, environment, resource, number)
    SELECT OLD.organisation, OLD.environment, r.resource,
        (SELECT coalesce(max(c.number), 0) + 1 FROM booking_changes c
         WHERE c.organisation = OLD.organisation AND c.environment = OLD.environment)
    FROM (SELECT OLD.employee AS resource UNION SELECT OLD.room) r WHERE r.resource IS NOT NULL
    ON CONFLICT (organisation, environment, resource) DO UPDATE SET number = excluded.number;
END;

CREATE TRIGGER directory_resources_insert AFTER INSERT ON directory_resources WHEN NEW.kind = 'user' BEGIN
    INSERT INTO booking_changes (organisation, environment, resource, number)
    VALUES (NEW.organisation, NEW.environment, zeroblob(16),
        (SELECT coalesce(max(c.number), 0) + 1 FROM booking_changes c
         WHERE c.organisation = NEW.organisation AND c.environment = NEW.environment))
    ON CONFLICT (organisation, environment, resource) DO UPDATE SET number = excluded.number;
END;
CREATE TRIGGER directory_resources_update AFTER UPDATE ON directory_resources WHEN NEW.kind = 'user' BEGIN
    INSERT INTO booking_changes (organisation, environment, resource, number)
    VALUES (NEW.organisation, NEW.environment, zeroblob(16),
        (SELECT coalesce(max(c.number), 0) + 1 FROM booking_changes c
         WHERE c.organisation = NEW.organisation AND c.environment = NEW.environment))
    ON CONFLICT (organisation, environment, resource) DO UPDATE SET number = excluded.number;
END;
-- A tombstone that is removed is one employee less to nobody.
CREATE TRIGGER directory_resources_delete AFTER DELETE ON directory_resources
WHEN OLD.kind = 'user' AND OLD.deleted_at IS NULL BEGIN
    INSERT INTO booking_changes (organisation, environment, resource, number)
    VALUES (OLD.organisation, OLD.environment, zeroblob(16),
        (SELECT coalesce(max(c.number), 0) + 1 FROM booking_changes c
         WHERE c.organisation = OLD.organisation AND c.environment = OLD.environment))
    ON CONFLICT (organisation, environment, resource) DO UPDATE SET number = excluded.number;
END;

CREATE TRIGGER booking_revisions_insert AFTER INSERT ON booking_revisions BEGIN
    INSERT INTO booking_changes (organisation, environment, resource, number)
    VALUES (NEW.organisation, NEW.environment, x'ffffffffffffffffffffffffffffffff',
        (SELECT coalesce(max(c.number), 0) + 1 FROM booking_changes c
         WHERE c.organisation = NEW.organisation AND c.environment = NEW.environment))
    ON CONFLICT (organisation, environment, resource) DO UPDATE SET number = excluded.number;
END;
CREATE TRIGGER booking_revisions_update AFTER UPDATE ON booking_revisions BEGIN
    INSERT INTO booking_changes (organisation, environment, resource, number)
    VALUES (NEW.organisation, NEW.environment, x'ffffffffffffffffffffffffffffffff',
        (SELECT coalesce(max(c.number), 0) + 1 FROM booking_changes c
         WHERE c.organisation = NEW.organisation AND c.environment = NEW.environment))
    ON CONFLICT (organisation, environment, resource) DO UPDATE SET number = excluded.number;
END;
