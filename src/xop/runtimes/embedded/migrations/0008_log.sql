-- What the transparency log is told, in order; the log's index of a leaf is one less than its number. No row ever goes.
CREATE TABLE leaves (number INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;

-- Where an entry's decision is in the log, or its first leaf when it holds none; the leaf of a decision is called as the
-- decision is when `leaf_name` is missing.
ALTER TABLE ledger ADD COLUMN leaf INTEGER;
ALTER TABLE ledger ADD COLUMN leaf_name TEXT;

-- By which data key rows are sealed, whether ids are found by keyed digests, whether no row is left that an older version
-- wrote in clear, and the highest numbers there were when customers were erased: none of them is ever given again.
CREATE TABLE keeping (
    fingerprint BLOB,
    keyed INTEGER NOT NULL,
    sealed INTEGER NOT NULL,
    position INTEGER NOT NULL,
    evidence INTEGER NOT NULL
) STRICT;
INSERT INTO keeping VALUES (NULL, 0, 0, 0, 0);

-- What opens a request is known by the number of its part.
DROP VIEW requests;
CREATE VIEW requests AS
SELECT outbox.invocation, parts.part, outbox.action, outbox.connection, outbox."release", outbox.request,
    outbox.state, outbox.due, outbox.created, outbox.attempt, outbox.detail, parts.number
FROM outbox CROSS JOIN parts ON parts.number = outbox.part;

CREATE TRIGGER outbox_gone AFTER DELETE ON outbox BEGIN
    UPDATE tallies SET count = count - 1 WHERE name = 'outbox ' || old.state;
END;
