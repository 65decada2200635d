-- Runs by the order of their coming. Facts are kept under a number, not under the run's id: ids are spread evenly, so an index
-- that begins with one is changed in a different page for every run of a group, and each such page is written and synced.
-- What goes on at the same time has come at the same time, and shares pages.
CREATE TABLE journal_numbers (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant text COLLATE "C" NOT NULL,
    run uuid NOT NULL,
    UNIQUE (tenant, run)
);

INSERT INTO journal_numbers (tenant, run) SELECT DISTINCT tenant, run FROM journal_entries;

CREATE TABLE journal_facts (
    number bigint NOT NULL,
    sequence bigint NOT NULL,
    fact text COLLATE "C" NOT NULL,
    PRIMARY KEY (number, sequence)
);

INSERT INTO journal_facts (number, sequence, fact)
SELECT numbers.number, entries.sequence, entries.fact
FROM journal_entries entries JOIN journal_numbers numbers USING (tenant, run);

DROP TABLE journal_entries;
