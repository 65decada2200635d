-- Instants are microseconds since 1970 UTC. Flags are 0 or 1. Ids are 16 bytes, but for those of SCIM resources, which are
-- looked for as text. Every key of what belongs to a customer begins with the organisation. Of a unique index the last column is what clashes.

CREATE TABLE organisations (
    organisation BLOB PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    enabled INTEGER NOT NULL,
    created INTEGER NOT NULL
) STRICT;

CREATE TABLE environments (
    organisation BLOB NOT NULL REFERENCES organisations,
    environment TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    created INTEGER NOT NULL,
    -- Grows with every token that is issued or revoked: who changes a pair of tokens changes this, one after the other.
    tokens INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (organisation, environment)
) STRICT;

CREATE TABLE tenants (
    organisation BLOB NOT NULL,
    tenant BLOB NOT NULL,
    environment TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (organisation, tenant, environment),
    FOREIGN KEY (organisation, environment) REFERENCES environments
) STRICT;
CREATE INDEX tenants_by_tenant ON tenants (tenant);

CREATE TABLE scim_tokens (
    organisation BLOB NOT NULL,
    environment TEXT NOT NULL,
    id BLOB NOT NULL,
    digest BLOB NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    expires INTEGER,
    last_used INTEGER,
    revoked INTEGER,
    PRIMARY KEY (organisation, environment, id),
    FOREIGN KEY (organisation, environment) REFERENCES environments
) STRICT;

-- Users and groups as SCIM knows them. `body` is what was sent; `folded` is the same with every text in lower case whose
-- case does not count. `group_name` is the folded display name of a group, and nothing for a user.
CREATE TABLE directory_resources (
    organisation BLOB NOT NULL,
    environment TEXT NOT NULL,
    service TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    domain BLOB NOT NULL,
    user_name TEXT,
    user_name_folded TEXT,
    external_id TEXT,
    display_name_folded TEXT,
    group_name TEXT,
    active INTEGER NOT NULL,
    body TEXT NOT NULL,
    folded TEXT NOT NULL,
    version INTEGER NOT NULL,
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    deactivated_at INTEGER,
    purge_at INTEGER,
    deleted_at INTEGER,
    PRIMARY KEY (organisation, environment, service, id)
) STRICT;
CREATE UNIQUE INDEX directory_resources__user_name_folded
    ON directory_resources (organisation, environment, service, user_name_folded) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX directory_resources__external_id
    ON directory_resources (organisation, environment, service, kind, external_id) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX directory_resources__group_name
    ON directory_resources (organisation, environment, service, group_name) WHERE deleted_at IS NULL;
CREATE INDEX directory_resources_by_display_name
    ON directory_resources (organisation, environment, service, kind, display_name_folded, created, id)
    WHERE deleted_at IS NULL;
CREATE INDEX directory_resources_by_age
    ON directory_resources (organisation, environment, service, kind, created, id) WHERE deleted_at IS NULL;
CREATE INDEX directory_resources_deleted
    ON directory_resources (organisation, environment, service, kind, external_id) WHERE deleted_at IS NOT NULL;
CREATE INDEX directory_resources_deactivated
    ON directory_resources (organisation, environment, service, kind, deactivated_at) WHERE deactivated_at IS NOT NULL;
CREATE INDEX directory_resources_to_purge ON directory_resources (purge_at) WHERE purge_at IS NOT NULL;

CREATE TABLE directory_members (
    organisation BLOB NOT NULL,
    environment TEXT NOT NULL,
    service TEXT NOT NULL,
    group_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    member_type TEXT,
    display TEXT,
    display_folded TEXT,
    PRIMARY KEY (organisation, environment, service, group_id, member_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX directory_members_by_member
    ON directory_members (organisation, environment, service, member_id, group_id);

-- What has happened and is not yet told to whoever it starts. The number gives the order.
CREATE TABLE outbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    organisation BLOB NOT NULL,
    environment TEXT NOT NULL,
    event BLOB NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    payload TEXT NOT NULL,
    -- Of an event that could not be told: how often, and when it may be tried again.
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER,
    UNIQUE (organisation, event)
) STRICT;
CREATE INDEX outbox_put_off ON outbox (organisation, subject, number) WHERE not_before IS NOT NULL;

-- Work that is done by one server at a time. The token grows with every claim.
CREATE TABLE jobs (
    name TEXT PRIMARY KEY,
    due INTEGER,
    owner TEXT,
    until INTEGER,
    token INTEGER NOT NULL DEFAULT 0,
    started INTEGER,
    ended INTEGER,
    outcome TEXT
) STRICT;
CREATE INDEX jobs_due ON jobs (due) WHERE due IS NOT NULL;

CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    organisation BLOB NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    source TEXT,
    correlation TEXT,
    event TEXT NOT NULL,
    outcome TEXT NOT NULL,
    details TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_time ON audit (organisation, at, number);
CREATE INDEX audit_by_age ON audit (at);
CREATE TRIGGER audit_is_not_rewritten BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'audit is not rewritten'); END;

CREATE TABLE alerts (
    organisation BLOB NOT NULL,
    id BLOB NOT NULL,
    environment TEXT NOT NULL,
    kind TEXT NOT NULL,
    opened INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    count INTEGER NOT NULL,
    closed INTEGER,
    details TEXT NOT NULL,
    PRIMARY KEY (organisation, id)
) STRICT;
CREATE UNIQUE INDEX alerts__kind ON alerts (organisation, environment, kind) WHERE closed IS NULL;
CREATE INDEX alerts_by_time ON alerts (organisation, opened, id);

-- Each value under a key of its own (`data_key`), which is wrapped by the key that `kek` names. Neither is here in clear.
CREATE TABLE secrets (
    organisation BLOB NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    kek TEXT NOT NULL,
    data_key BLOB NOT NULL,
    nonce BLOB NOT NULL,
    sealed BLOB NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER,
    PRIMARY KEY (organisation, kind, name, version)
) STRICT;
CREATE UNIQUE INDEX secrets__state ON secrets (organisation, kind, name, state);
CREATE INDEX secrets_by_key ON secrets (kek);

-- What shows that a key is the one of its name: a known value, wrapped by it.
CREATE TABLE secret_keys (
    kek TEXT PRIMARY KEY,
    proof BLOB NOT NULL,
    created INTEGER NOT NULL
) STRICT;
