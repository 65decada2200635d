-- When a meeting was written last, beside who takes part in it: what an employee has had in years is not read for what changed in a
-- week. Whoever writes a meeting writes this too.
ALTER TABLE booking_participants ADD COLUMN modified bigint NOT NULL DEFAULT 0;
UPDATE booking_participants p SET modified = m.modified FROM booking_meetings m
    WHERE m.organisation = p.organisation AND m.environment = p.environment AND m.id = p.meeting;
ALTER TABLE booking_participants ALTER COLUMN modified DROP DEFAULT;

-- As in version 5: each index serves those alone who ask for its own column. To a planner that knows nothing yet of a table every index
-- that begins with the organisation is as good as the one that names the row, and it would read all that ever took place. Who lists a
-- whole organisation says `version > 0` of meetings and `starts <= ends` of slots, which hold of every row.
ALTER TABLE booking_participants DROP CONSTRAINT booking_participants__employee,
    ADD CONSTRAINT booking_participants__employee PRIMARY KEY (meeting, employee, organisation, environment);
DROP INDEX booking_participants_by_employee;
CREATE INDEX booking_participants_by_employee
    ON booking_participants (employee, modified, meeting, organisation, environment);

ALTER TABLE booking_meetings DROP CONSTRAINT booking_meetings__id,
    ADD CONSTRAINT booking_meetings__id PRIMARY KEY (id, organisation, environment);
DROP INDEX booking_meetings_by_change;
CREATE INDEX booking_meetings_by_change ON booking_meetings (organisation, environment, modified, id) WHERE version > 0;
DROP INDEX booking_meetings_by_customer;
CREATE INDEX booking_meetings_by_customer
    ON booking_meetings (customer, organisation, environment) WHERE customer IS NOT NULL;

ALTER TABLE booking_slots DROP CONSTRAINT booking_slots__id,
    ADD CONSTRAINT booking_slots__id PRIMARY KEY (id, organisation, environment);
DROP INDEX booking_slots__hold_token;
CREATE UNIQUE INDEX booking_slots__hold_token
    ON booking_slots (hold_token, organisation, environment) WHERE deleted IS NULL AND hold_token IS NOT NULL;
DROP INDEX booking_slots__source;
CREATE UNIQUE INDEX booking_slots__source
    ON booking_slots (source, organisation, environment) WHERE deleted IS NULL AND source IS NOT NULL;
DROP INDEX booking_slots_by_end;
CREATE INDEX booking_slots_by_end
    ON booking_slots (organisation, environment, ends) WHERE deleted IS NULL AND starts <= ends;
DROP INDEX booking_slots_by_employee;
CREATE INDEX booking_slots_by_employee
    ON booking_slots (employee, ends, organisation, environment) WHERE deleted IS NULL AND employee IS NOT NULL;
DROP INDEX booking_slots_by_room;
CREATE INDEX booking_slots_by_room
    ON booking_slots (room, ends, organisation, environment) WHERE deleted IS NULL AND room IS NOT NULL;
DROP INDEX booking_slots_by_meeting;
CREATE INDEX booking_slots_by_meeting
    ON booking_slots (meeting, organisation, environment) WHERE deleted IS NULL AND meeting IS NOT NULL;
