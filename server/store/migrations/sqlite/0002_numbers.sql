-- Runs by the order of their coming. Facts are kept under a number, not under the run's id: ids are spread evenly, so an index
-- that begins with one is changed in a different page for every run of a group, and each such page is written and synced.
-- What goes on at the same time has come at the same time, and shares pages.
CREATE TABLE journal_numbers (
    number INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    run BLOB NOT NULL,
    UNIQUE (tenant, run)
) STRICT;

INSERT INTO journal_numbers (tenant, run)
SELECT tenant, run FROM journal_entries GROUP BY tenant, run ORDER BY min(rowid);

-- The facts of runs, in the order of their coming: the file grows at its end.
CREATE TABLE journal_facts (
    number INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    fact TEXT NOT NULL,
    UNIQUE (number, sequence)
) STRICT;

INSERT INTO journal_facts (number, sequence, fact)
SELECT numbers.number, entries.sequence, entries.fact
FROM journal_entries entries JOIN journal_numbers numbers USING (tenant, run) ORDER BY entries.rowid;

DROP TABLE journal_entries;
