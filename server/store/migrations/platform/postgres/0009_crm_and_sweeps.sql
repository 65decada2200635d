-- The CRM that an organisation keeps its records in, by its name; NULL where nobody has said it.
ALTER TABLE organisations ADD COLUMN crm TEXT;

-- What is over is looked for organisation by organisation.
DROP INDEX booking_slots_gone;
DROP INDEX booking_slots_expired;
DROP INDEX booking_meetings_to_erase;
CREATE INDEX booking_slots_gone ON booking_slots (organisation, environment, deleted) WHERE deleted IS NOT NULL;
CREATE INDEX booking_slots_expired
    ON booking_slots (organisation, environment, expires) WHERE deleted IS NULL AND expires IS NOT NULL;
CREATE INDEX booking_meetings_to_erase
    ON booking_meetings (organisation, environment, (coalesce(ends, modified)), id) WHERE erased IS NULL;
