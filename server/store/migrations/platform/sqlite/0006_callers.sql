-- What the users of a tenant may do at most (a role), and the applications that they may use (a JSON list of ids); NULL: their
-- tokens alone say it, and any.
ALTER TABLE tenants ADD COLUMN role_cap TEXT;
ALTER TABLE tenants ADD COLUMN clients TEXT;

-- Back-ends: each belongs to one organisation, and works in one of its environments.
CREATE TABLE clients (
    organisation BLOB NOT NULL,
    environment TEXT NOT NULL,
    client BLOB NOT NULL,
    label TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    created INTEGER NOT NULL,
    CONSTRAINT clients__client PRIMARY KEY (client),
    FOREIGN KEY (organisation, environment) REFERENCES environments
) STRICT;
CREATE INDEX clients_by_organisation ON clients (organisation, client);

-- How long their secrets are good, never what they are: those are kept by who issues tokens.
CREATE TABLE client_secrets (
    organisation BLOB NOT NULL,
    client BLOB NOT NULL REFERENCES clients,
    id BLOB NOT NULL,
    starts INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    CONSTRAINT client_secrets__id PRIMARY KEY (organisation, client, id)
) STRICT;

-- How many requests came from whom in a window of time, counted by all servers together. Gone once the window is over.
CREATE TABLE request_counts (
    caller TEXT NOT NULL,
    starts INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    CONSTRAINT request_counts__ends PRIMARY KEY (caller, starts, ends)
) STRICT, WITHOUT ROWID;
CREATE INDEX request_counts_by_end ON request_counts (ends);
