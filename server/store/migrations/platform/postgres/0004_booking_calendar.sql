-- Equality beside ranges in one constraint. Since PostgreSQL 13 who may create objects in the database may have it.
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'btree_gist') THEN
        CREATE EXTENSION btree_gist;
    END IF;
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'the extension btree_gist is needed and cannot be created (%): let an administrator run `CREATE EXTENSION btree_gist` in this database', SQLERRM;
END $$;

-- What stands in the calendars of employees and rooms. A slot that was taken away stays for a while, for who asks what became
-- of it.
CREATE TABLE booking_slots (
    organisation bytea NOT NULL,
    environment text COLLATE "C" NOT NULL,
    id bytea NOT NULL,
    status text COLLATE "C" NOT NULL,
    starts bigint NOT NULL,
    ends bigint NOT NULL,
    employee bytea,
    room bytea,
    meeting bytea,
    hold_token text COLLATE "C",
    expires bigint,
    service_group text COLLATE "C",
    show_as text COLLATE "C",
    source text COLLATE "C",
    creator text COLLATE "C",
    -- Staff wanted it though the time was taken.
    forced bigint NOT NULL DEFAULT 0,
    created bigint NOT NULL,
    modified bigint NOT NULL,
    deleted bigint,
    CONSTRAINT booking_slots__id PRIMARY KEY (organisation, environment, id)
);
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
    organisation bytea NOT NULL,
    environment text COLLATE "C" NOT NULL,
    slot bytea NOT NULL,
    resource bytea NOT NULL,
    claim bytea NOT NULL,
    starts bigint NOT NULL,
    ends bigint NOT NULL,
    CONSTRAINT booking_guards__slot PRIMARY KEY (organisation, environment, slot, resource),
    CONSTRAINT booking_guards__time EXCLUDE USING gist (organisation WITH =, environment WITH =, resource WITH =,
        claim WITH <>, int8range(starts, ends) WITH &&)
);

CREATE TABLE booking_meetings (
    organisation bytea NOT NULL,
    environment text COLLATE "C" NOT NULL,
    id bytea NOT NULL,
    starts bigint,
    ends bigint,
    creator text COLLATE "C" NOT NULL,
    customer text COLLATE "C",
    body text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    created bigint NOT NULL,
    modified bigint NOT NULL,
    cancelled bigint,
    erased bigint,
    CONSTRAINT booking_meetings__id PRIMARY KEY (organisation, environment, id)
);
CREATE INDEX booking_meetings_by_change ON booking_meetings (organisation, environment, modified, id);
CREATE INDEX booking_meetings_by_customer
    ON booking_meetings (organisation, environment, customer) WHERE customer IS NOT NULL;
CREATE INDEX booking_meetings_to_erase ON booking_meetings (coalesce(ends, modified), id) WHERE erased IS NULL;

-- Who takes part in a meeting: its owner (`place` 0) and others.
CREATE TABLE booking_participants (
    organisation bytea NOT NULL,
    environment text COLLATE "C" NOT NULL,
    meeting bytea NOT NULL,
    employee bytea NOT NULL,
    place bigint NOT NULL,
    CONSTRAINT booking_participants__employee PRIMARY KEY (organisation, environment, meeting, employee)
);
CREATE INDEX booking_participants_by_employee ON booking_participants (organisation, environment, employee);

-- What waits to be told of something, for who has to forget it.
CREATE INDEX outbox_by_subject ON outbox (organisation, subject, number);
