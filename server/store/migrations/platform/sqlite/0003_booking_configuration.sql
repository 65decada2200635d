-- What an organisation sets up for its bookings, one JSON text for each thing. No two things of a kind have the same key.
CREATE TABLE booking_documents (
    organisation BLOB NOT NULL,
    environment TEXT NOT NULL,
    kind TEXT NOT NULL,
    id BLOB NOT NULL,
    key TEXT,
    body TEXT NOT NULL,
    version INTEGER NOT NULL,
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    PRIMARY KEY (organisation, environment, kind, id)
) STRICT;
CREATE UNIQUE INDEX booking_documents__key ON booking_documents (organisation, environment, kind, key);

-- Which label is on what. A label that is on something cannot be removed.
CREATE TABLE booking_labels (
    organisation BLOB NOT NULL,
    environment TEXT NOT NULL,
    registry TEXT NOT NULL DEFAULT 'label' CHECK (registry = 'label'),
    label BLOB NOT NULL,
    kind TEXT NOT NULL,
    id BLOB NOT NULL,
    PRIMARY KEY (organisation, environment, label, kind, id),
    FOREIGN KEY (organisation, environment, registry, label)
        REFERENCES booking_documents (organisation, environment, kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX booking_labels_by_thing ON booking_labels (organisation, environment, kind, id);

-- Grows with every change of the two above, in the same transaction: who writes takes turns on this row, and what was read
-- of a revision is known to be old.
CREATE TABLE booking_revisions (
    organisation BLOB NOT NULL,
    environment TEXT NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (organisation, environment)
) STRICT;

-- Who is in a directory, by what we know of them, and a mark of its state: read for every question for times, so from the index alone.
-- The second opens to whoever says `modified >= 0`, which holds of every row.
CREATE INDEX directory_resources_by_domain
    ON directory_resources (organisation, environment, service, kind, domain) WHERE deleted_at IS NULL;
CREATE INDEX directory_resources_mark ON directory_resources (organisation, environment, kind, version, modified) WHERE modified >= 0;
