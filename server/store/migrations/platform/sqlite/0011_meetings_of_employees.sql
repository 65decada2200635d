-- When a meeting was written last, beside who takes part in it: what an employee has had in years is not read for what changed in a
-- week. Whoever writes a meeting writes this too.
ALTER TABLE booking_participants ADD COLUMN modified INTEGER NOT NULL DEFAULT 0;
UPDATE booking_participants SET modified = (SELECT m.modified FROM booking_meetings m
    WHERE m.organisation = booking_participants.organisation AND m.environment = booking_participants.environment
      AND m.id = booking_participants.meeting);
DROP INDEX booking_participants_by_employee;
CREATE INDEX booking_participants_by_employee
    ON booking_participants (organisation, environment, employee, modified, meeting);
