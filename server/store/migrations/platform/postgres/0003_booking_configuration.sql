-- What an organisation sets up for its bookings, one JSON text for each thing. No two things of a kind have the same key.
CREATE TABLE booking_documents (
    organisation bytea NOT NULL,
    environment text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    id bytea NOT NULL,
    key text COLLATE "C",
    body text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    created bigint NOT NULL,
    modified bigint NOT NULL,
    CONSTRAINT booking_documents__id PRIMARY KEY (organisation, environment, kind, id)
);
CREATE UNIQUE INDEX booking_documents__key ON booking_documents (organisation, environment, kind, key);

-- Which label is on what. A label that is on something cannot be removed.
CREATE TABLE booking_labels (
    organisation bytea NOT NULL,
    environment text COLLATE "C" NOT NULL,
    registry text COLLATE "C" NOT NULL DEFAULT 'label' CHECK (registry = 'label'),
    label bytea NOT NULL,
    kind text COLLATE "C" NOT NULL,
    id bytea NOT NULL,
    CONSTRAINT booking_labels__id PRIMARY KEY (organisation, environment, label, kind, id),
    FOREIGN KEY (organisation, environment, registry, label)
        REFERENCES booking_documents (organisation, environment, kind, id)
);
CREATE INDEX booking_labels_by_thing ON booking_labels (organisation, environment, kind, id);

-- Grows with every change of the two above, in the same transaction: who writes takes turns on this row, and what was read
-- of a revision is known to be old.
CREATE TABLE booking_revisions (
    organisation bytea NOT NULL,
    environment text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT booking_revisions__environment PRIMARY KEY (organisation, environment)
);

-- Who is in a directory, by what we know of them; and a mark of its state: read for every question for times, so from the index alone.
-- Neither serves who asks for something else: the first opens to whoever names a domain, the second to whoever says `modified >= 0`,
-- which holds of every row.
CREATE INDEX directory_resources_by_domain ON directory_resources (organisation, environment, service, kind, domain)
    WHERE deleted_at IS NULL AND domain IS NOT NULL;
CREATE INDEX directory_resources_mark ON directory_resources (organisation, environment, kind, version, modified) WHERE modified >= 0;
