-- Of several things of one kind each has an alert of its own: `subject` says which, and is empty where there is but one. Who has
-- acknowledged an alert has seen it; it stays open.
ALTER TABLE alerts ADD COLUMN subject TEXT NOT NULL DEFAULT '';
ALTER TABLE alerts ADD COLUMN acknowledged INTEGER;
ALTER TABLE alerts ADD COLUMN acknowledged_by TEXT;
DROP INDEX alerts__kind;
CREATE UNIQUE INDEX alerts__kind ON alerts (organisation, environment, kind, subject) WHERE closed IS NULL;

-- What the details of an entry name, so that all that was done to one thing is found without reading the rest.
CREATE TABLE audit_targets (
    organisation BLOB NOT NULL,
    target TEXT NOT NULL,
    at INTEGER NOT NULL,
    number INTEGER NOT NULL REFERENCES audit (number) ON DELETE CASCADE,
    CONSTRAINT audit_targets__number PRIMARY KEY (organisation, target, at, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_targets_by_entry ON audit_targets (number);
INSERT INTO audit_targets (organisation, target, at, number)
    SELECT DISTINCT a.organisation, j.value, a.at, a.number FROM audit a, json_tree(a.details) j
    WHERE j.type = 'text' AND length(CAST(j.value AS BLOB)) BETWEEN 1 AND 200;

CREATE INDEX audit_by_actor ON audit (organisation, actor, at, number);
CREATE INDEX audit_by_event ON audit (organisation, event, at, number);
