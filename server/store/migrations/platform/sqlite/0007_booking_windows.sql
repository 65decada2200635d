-- Time beyond the regular hours is looked for by itself, among all that stands in calendars from now on.
CREATE INDEX booking_slots_windows ON booking_slots (organisation, environment, ends)
    WHERE deleted IS NULL AND status IN ('ExtraOpen', 'AvailableForWork');
