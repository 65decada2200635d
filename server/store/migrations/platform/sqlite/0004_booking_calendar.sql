-- What stands in the calendars of employees and rooms. A slot that was taken away stays for a while, for who asks what became
-- of it.
CREATE TABLE booking_slots (
    organisation BLOB NOT NULL,
    environment TEXT NOT NULL,
    id BLOB NOT NULL,
    status TEXT NOT NULL,
    starts INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    employee BLOB,
    room BLOB,
    meeting BLOB,
    hold_token TEXT,
    expires INTEGER,
    service_group TEXT,
    show_as TEXT,
    source TEXT,
    creator TEXT,
    -- Staff wanted it though the time was taken.
    forced INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    deleted INTEGER,
    PRIMARY KEY (organisation, environment, id)
) STRICT;
CREATE UNIQUE INDEX booking_slots__hold_token
    ON booking_slots (organisation, environment, hold_token) WHERE deleted IS NULL;
CREATE UNIQUE INDEX booking_slots__source
    ON booking_slots (organisation, environment, source) WHERE deleted IS NULL;
CREATE INDEX booking_slots_by_end ON booking_slots (organisation, environment, ends) WHERE deleted IS NULL;
CREATE INDEX booking_slots_by_employee
    ON booking_slots (organisation, environment, employee, ends) WHERE deleted IS NULL AND employee IS NOT NULL;
CREATE INDEX booking_slots_by_room
    ON booking_slots (organisation, environment, room, ends) WHERE deleted IS NULL AND room IS NOT NULL;
CREATE INDEX booking_slots_by_meeting
    ON booking_slots (organisation, environment, meeting) WHERE deleted IS NULL AND meeting IS NOT NULL;
CREATE INDEX booking_slots_gone ON booking_slots (deleted) WHERE deleted IS NOT NULL;
CREATE INDEX booking_slots_expired ON booking_slots (expires) WHERE deleted IS NULL AND expires IS NOT NULL;

-- Held and booked time that nobody else may have: no two rows of a resource (an employee, a room) whose claims
-- differ overlap; the claim is the meeting that a slot belongs to or is about to move, or else the slot.
-- What staff books over something else on purpose has no row. Rows are written and removed, never changed.
CREATE TABLE booking_guards (
    organisation BLOB NOT NULL,
    environment TEXT NOT NULL,
    slot BLOB NOT NULL,
    resource BLOB NOT NULL,
    claim BLOB NOT NULL,
    starts INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    PRIMARY KEY (organisation, environment, slot, resource)
) STRICT, WITHOUT ROWID;
CREATE INDEX booking_guards_by_resource ON booking_guards (organisation, environment, resource, ends);
CREATE TRIGGER booking_guards_insert BEFORE INSERT ON booking_guards WHEN EXISTS (
    SELECT 1 FROM booking_guards g WHERE g.organisation = NEW.organisation AND g.environment = NEW.environment
        AND g.resource = NEW.resource AND g.claim <> NEW.claim AND g.ends > NEW.starts AND g.starts < NEW.ends)
BEGIN SELECT raise(ABORT, 'booking_guards: taken'); END;

CREATE TABLE booking_meetings (
    organisation BLOB NOT NULL,
    environment TEXT NOT NULL,
    id BLOB NOT NULL,
    starts INTEGER,
    ends INTEGER,
    creator TEXT NOT NULL,
    customer TEXT,
    body TEXT NOT NULL,
    version INTEGER NOT NULL,
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    cancelled INTEGER,
    erased INTEGER,
    PRIMARY KEY (organisation, environment, id)
) STRICT;
CREATE INDEX booking_meetings_by_change ON booking_meetings (organisation, environment, modified, id);
CREATE INDEX booking_meetings_by_customer
    ON booking_meetings (organisation, environment, customer) WHERE customer IS NOT NULL;
CREATE INDEX booking_meetings_to_erase ON booking_meetings (coalesce(ends, modified), id) WHERE erased IS NULL;

-- Who takes part in a meeting: its owner (`place` 0) and others.
CREATE TABLE booking_participants (
    organisation BLOB NOT NULL,
    environment TEXT NOT NULL,
    meeting BLOB NOT NULL,
    employee BLOB NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (organisation, environment, meeting, employee)
) STRICT, WITHOUT ROWID;
CREATE INDEX booking_participants_by_employee ON booking_participants (organisation, environment, employee);

-- What waits to be told of something, for who has to forget it.
CREATE INDEX outbox_by_subject ON outbox (organisation, subject, number);
