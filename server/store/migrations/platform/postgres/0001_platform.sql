-- Instants are microseconds since 1970 UTC. Flags are 0 or 1. Ids are 16 bytes, but for those of SCIM resources, which are
-- looked for as text. Every key of what belongs to a customer begins with the organisation. Of a unique index the last column is what clashes.

CREATE TABLE organisations (
    organisation bytea CONSTRAINT organisations__organisation PRIMARY KEY,
    name text COLLATE "C" NOT NULL CONSTRAINT organisations__name UNIQUE,
    enabled bigint NOT NULL,
    created bigint NOT NULL
);

CREATE TABLE environments (
    organisation bytea NOT NULL REFERENCES organisations,
    environment text COLLATE "C" NOT NULL,
    enabled bigint NOT NULL,
    created bigint NOT NULL,
    -- Grows with every token that is issued or revoked: who changes a pair of tokens changes this, one after the other.
    tokens bigint NOT NULL DEFAULT 0,
    CONSTRAINT environments__environment PRIMARY KEY (organisation, environment)
);

CREATE TABLE tenants (
    organisation bytea NOT NULL,
    tenant bytea NOT NULL,
    environment text COLLATE "C" NOT NULL,
    enabled bigint NOT NULL,
    created bigint NOT NULL,
    CONSTRAINT tenants__environment PRIMARY KEY (organisation, tenant, environment),
    FOREIGN KEY (organisation, environment) REFERENCES environments
);
CREATE INDEX tenants_by_tenant ON tenants (tenant);

CREATE TABLE scim_tokens (
    organisation bytea NOT NULL,
    environment text COLLATE "C" NOT NULL,
    id bytea NOT NULL,
    digest bytea NOT NULL CONSTRAINT scim_tokens__digest UNIQUE,
    created bigint NOT NULL,
    expires bigint,
    last_used bigint,
    revoked bigint,
    CONSTRAINT scim_tokens__id PRIMARY KEY (organisation, environment, id),
    FOREIGN KEY (organisation, environment) REFERENCES environments
);

-- Users and groups as SCIM knows them. `body` is what was sent; `folded` is the same with every text in lower case whose
-- case does not count. `group_name` is the folded display name of a group, and nothing for a user.
CREATE TABLE directory_resources (
    organisation bytea NOT NULL,
    environment text COLLATE "C" NOT NULL,
    service text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    domain bytea NOT NULL,
    user_name text COLLATE "C",
    user_name_folded text COLLATE "C",
    external_id text COLLATE "C",
    display_name_folded text COLLATE "C",
    group_name text COLLATE "C",
    active bigint NOT NULL,
    body text COLLATE "C" NOT NULL,
    folded jsonb NOT NULL,
    version bigint NOT NULL,
    created bigint NOT NULL,
    modified bigint NOT NULL,
    deactivated_at bigint,
    purge_at bigint,
    deleted_at bigint,
    CONSTRAINT directory_resources__id PRIMARY KEY (organisation, environment, service, id)
);
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
    organisation bytea NOT NULL,
    environment text COLLATE "C" NOT NULL,
    service text COLLATE "C" NOT NULL,
    group_id text COLLATE "C" NOT NULL,
    member_id text COLLATE "C" NOT NULL,
    member_type text COLLATE "C",
    display text COLLATE "C",
    display_folded text COLLATE "C",
    CONSTRAINT directory_members__member_id PRIMARY KEY (organisation, environment, service, group_id, member_id)
);
CREATE INDEX directory_members_by_member
    ON directory_members (organisation, environment, service, member_id, group_id);

-- What has happened and is not yet told to whoever it starts. The number gives the order.
CREATE TABLE outbox (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation bytea NOT NULL,
    environment text COLLATE "C" NOT NULL,
    event bytea NOT NULL,
    at bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    payload text COLLATE "C" NOT NULL,
    -- Of an event that could not be told: how often, and when it may be tried again.
    attempts bigint NOT NULL DEFAULT 0,
    not_before bigint,
    CONSTRAINT outbox__event UNIQUE (organisation, event)
);
CREATE INDEX outbox_put_off ON outbox (organisation, subject, number) WHERE not_before IS NOT NULL;

-- Work that is done by one server at a time. The token grows with every claim.
CREATE TABLE jobs (
    name text COLLATE "C" PRIMARY KEY,
    due bigint,
    owner text COLLATE "C",
    until bigint,
    token bigint NOT NULL DEFAULT 0,
    started bigint,
    ended bigint,
    outcome text COLLATE "C"
);
CREATE INDEX jobs_due ON jobs (due) WHERE due IS NOT NULL;

CREATE TABLE audit (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation bytea NOT NULL,
    at bigint NOT NULL,
    actor text COLLATE "C" NOT NULL,
    source text COLLATE "C",
    correlation text COLLATE "C",
    event text COLLATE "C" NOT NULL,
    outcome text COLLATE "C" NOT NULL,
    details text COLLATE "C" NOT NULL
);
CREATE INDEX audit_by_time ON audit (organisation, at, number);
CREATE INDEX audit_by_age ON audit (at);
CREATE FUNCTION audit_is_not_rewritten() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit is not rewritten';
END $$;
CREATE TRIGGER audit_is_not_rewritten BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_not_rewritten();

CREATE TABLE alerts (
    organisation bytea NOT NULL,
    id bytea NOT NULL,
    environment text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    opened bigint NOT NULL,
    seen bigint NOT NULL,
    count bigint NOT NULL,
    closed bigint,
    details text COLLATE "C" NOT NULL,
    CONSTRAINT alerts__id PRIMARY KEY (organisation, id)
);
CREATE UNIQUE INDEX alerts__kind ON alerts (organisation, environment, kind) WHERE closed IS NULL;
CREATE INDEX alerts_by_time ON alerts (organisation, opened, id);

-- Each value under a key of its own (`data_key`), which is wrapped by the key that `kek` names. Neither is here in clear.
CREATE TABLE secrets (
    organisation bytea NOT NULL,
    kind text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    state text COLLATE "C" NOT NULL,
    kek text COLLATE "C" NOT NULL,
    data_key bytea NOT NULL,
    nonce bytea NOT NULL,
    sealed bytea NOT NULL,
    created bigint NOT NULL,
    expires bigint,
    CONSTRAINT secrets__version PRIMARY KEY (organisation, kind, name, version)
);
CREATE UNIQUE INDEX secrets__state ON secrets (organisation, kind, name, state);
CREATE INDEX secrets_by_key ON secrets (kek);

-- What shows that a key is the one of its name: a known value, wrapped by it.
CREATE TABLE secret_keys (
    kek text COLLATE "C" PRIMARY KEY,
    proof bytea NOT NULL,
    created bigint NOT NULL
);
