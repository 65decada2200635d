-- Who may append: the token grows with every lease.
CREATE TABLE journal_lease (
    id int PRIMARY KEY CHECK (id = 1),
    token bigint NOT NULL,
    holder text NOT NULL
);
INSERT INTO journal_lease (id, token, holder) VALUES (1, 0, '');

-- Since when somebody who wants to lead waits for a sign of life of who does. Apart from the lease, whose row a batch
-- under way holds.
CREATE TABLE journal_standby (
    id int PRIMARY KEY CHECK (id = 1),
    asked timestamptz
);
INSERT INTO journal_standby (id, asked) VALUES (1, NULL);

-- The facts of runs. Texts are compared byte by byte, here and below.
CREATE TABLE journal_entries (
    tenant text COLLATE "C" NOT NULL,
    run uuid NOT NULL,
    sequence bigint NOT NULL,
    fact text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, run, sequence)
);

-- Runs at a glance. `record` is the truth, as JSON; what is looked for stands beside it. Instants are texts of one
-- length, so that they sort, to the nanosecond.
CREATE TABLE journal_runs (
    tenant text COLLATE "C" NOT NULL,
    run uuid NOT NULL,
    playbook text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    started text COLLATE "C" NOT NULL,
    ended text COLLATE "C",
    record text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, run)
) WITH (fillfactor = 80);
CREATE INDEX journal_runs_by_state ON journal_runs (tenant, state, started, run);
CREATE INDEX journal_runs_by_playbook ON journal_runs (tenant, playbook, state, started, run);
CREATE INDEX journal_runs_unfinished ON journal_runs (tenant, run) WHERE ended IS NULL;
CREATE INDEX journal_runs_ended ON journal_runs (ended) WHERE ended IS NOT NULL;

-- What waits to be taken. An event's id stands here as JSON text, in which no control character stands.
CREATE TABLE journal_offers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant text COLLATE "C" NOT NULL,
    event text COLLATE "C",
    body text COLLATE "C" NOT NULL
);

-- Events that were offered, waiting or not.
CREATE TABLE journal_events (
    tenant text COLLATE "C" NOT NULL,
    event text COLLATE "C" NOT NULL,
    offered timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, event)
);
CREATE INDEX journal_events_offered ON journal_events (offered);

CREATE TABLE journal_marks (
    name text COLLATE "C" PRIMARY KEY,
    at text COLLATE "C" NOT NULL
);

CREATE TABLE journal_blobs (
    tenant text COLLATE "C" NOT NULL,
    digest text COLLATE "C" NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (tenant, digest)
);

-- Which runs brought a blob: it goes with the last of them.
CREATE TABLE journal_blob_runs (
    tenant text COLLATE "C" NOT NULL,
    run uuid NOT NULL,
    digest text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, run, digest),
    FOREIGN KEY (tenant, digest) REFERENCES journal_blobs (tenant, digest)
);
CREATE INDEX journal_blob_runs_by_digest ON journal_blob_runs (tenant, digest);
