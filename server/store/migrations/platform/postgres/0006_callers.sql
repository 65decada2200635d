-- What the users of a tenant may do at most (a role), and the applications that they may use (a JSON list of ids); NULL: their
-- tokens alone say it, and any.
ALTER TABLE tenants ADD COLUMN role_cap text COLLATE "C";
ALTER TABLE tenants ADD COLUMN clients text COLLATE "C";

-- Back-ends: each belongs to one organisation, and works in one of its environments.
CREATE TABLE clients (
    organisation bytea NOT NULL,
    environment text COLLATE "C" NOT NULL,
    client bytea NOT NULL,
    label text COLLATE "C" NOT NULL,
    enabled bigint NOT NULL,
    created bigint NOT NULL,
    CONSTRAINT clients__client PRIMARY KEY (client),
    FOREIGN KEY (organisation, environment) REFERENCES environments
);
CREATE INDEX clients_by_organisation ON clients (organisation, client);

-- How long their secrets are good, never what they are: those are kept by who issues tokens.
CREATE TABLE client_secrets (
    organisation bytea NOT NULL,
    client bytea NOT NULL REFERENCES clients,
    id bytea NOT NULL,
    starts bigint NOT NULL,
    ends bigint NOT NULL,
    CONSTRAINT client_secrets__id PRIMARY KEY (organisation, client, id)
);

-- How many requests came from whom in a window of time, counted by all servers together. Gone once the window is over.
CREATE TABLE request_counts (
    caller text COLLATE "C" NOT NULL,
    starts bigint NOT NULL,
    ends bigint NOT NULL,
    requests bigint NOT NULL,
    CONSTRAINT request_counts__ends PRIMARY KEY (caller, starts, ends)
);
CREATE INDEX request_counts_by_end ON request_counts (ends);
