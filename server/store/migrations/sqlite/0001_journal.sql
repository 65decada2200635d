-- Who may append: the token grows with every lease.
CREATE TABLE journal_lease (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    token INTEGER NOT NULL,
    holder TEXT NOT NULL
) STRICT;
INSERT INTO journal_lease (id, token, holder) VALUES (1, 0, '');

-- The facts of runs, in the order of their coming: the file grows at its end.
CREATE TABLE journal_entries (
    tenant TEXT NOT NULL,
    run BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    fact TEXT NOT NULL,
    UNIQUE (tenant, run, sequence)
) STRICT;

-- Runs at a glance. `record` is the truth, as JSON; what is looked for stands beside it. Instants are texts of one
-- length, so that they sort.
CREATE TABLE journal_runs (
    tenant TEXT NOT NULL,
    run BLOB NOT NULL,
    playbook TEXT NOT NULL,
    state TEXT NOT NULL,
    started TEXT NOT NULL,
    ended TEXT,
    record TEXT NOT NULL,
    PRIMARY KEY (tenant, run)
) STRICT;
CREATE INDEX journal_runs_by_state ON journal_runs (tenant, state, started, run);
CREATE INDEX journal_runs_by_playbook ON journal_runs (tenant, playbook, state, started, run);
CREATE INDEX journal_runs_unfinished ON journal_runs (tenant, run) WHERE ended IS NULL;
CREATE INDEX journal_runs_ended ON journal_runs (ended) WHERE ended IS NOT NULL;

-- What waits to be taken. An event's id stands here as JSON text, in which no control character stands.
CREATE TABLE journal_offers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    event TEXT,
    body TEXT NOT NULL
) STRICT;

-- Events that were offered, waiting or not.
CREATE TABLE journal_events (
    tenant TEXT NOT NULL,
    event TEXT NOT NULL,
    offered TEXT NOT NULL,
    PRIMARY KEY (tenant, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX journal_events_offered ON journal_events (offered);

CREATE TABLE journal_marks (
    name TEXT PRIMARY KEY,
    at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE journal_blobs (
    tenant TEXT NOT NULL,
    digest TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (tenant, digest)
) STRICT;

-- Which runs brought a blob: it goes with the last of them.
CREATE TABLE journal_blob_runs (
    tenant TEXT NOT NULL,
    run BLOB NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (tenant, run, digest),
    FOREIGN KEY (tenant, digest) REFERENCES journal_blobs (tenant, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX journal_blob_runs_by_digest ON journal_blob_runs (tenant, digest);
