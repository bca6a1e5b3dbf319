-- Parts are stored by number everywhere; a part without any entry has no customer.
CREATE TABLE parts (number INTEGER PRIMARY KEY, part TEXT NOT NULL UNIQUE, customer INTEGER) STRICT;
CREATE INDEX merged_parts ON parts (customer) WHERE customer <> number;

-- `previous` is the position of the same part's entry before this one, 0 for its first.
CREATE TABLE ledger (
    position INTEGER PRIMARY KEY,
    part INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    previous INTEGER NOT NULL,
    command BLOB NOT NULL,
    decision TEXT,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX ruled_entries ON ledger (position) WHERE decision IS NOT NULL;

-- The index of the ledger: written behind it, in numbered runs that are each sorted, so that it too is only appended to.
CREATE TABLE commands (
    run INTEGER NOT NULL,
    digest BLOB NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (run, digest)
) STRICT, WITHOUT ROWID;
CREATE TABLE decisions (
    run INTEGER NOT NULL,
    digest BLOB NOT NULL,
    position INTEGER,
    evidence INTEGER,
    PRIMARY KEY (run, digest)
) STRICT, WITHOUT ROWID;
-- Where each part's entries end; also written behind.
CREATE TABLE ends (part INTEGER PRIMARY KEY, last INTEGER NOT NULL, seq INTEGER NOT NULL) STRICT;
-- How many runs are complete, and up to which ledger position and evidence number they and the ends reach.
CREATE TABLE marks (runs INTEGER NOT NULL, position INTEGER NOT NULL, evidence INTEGER NOT NULL) STRICT;
INSERT INTO marks VALUES (0, 0, 0);

CREATE TABLE evidence (
    number INTEGER PRIMARY KEY,
    decision TEXT NOT NULL,
    part INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;

CREATE TABLE snapshots (part INTEGER PRIMARY KEY, seq INTEGER NOT NULL, state BLOB NOT NULL) STRICT;

CREATE TABLE links (
    namespace TEXT NOT NULL,
    value TEXT NOT NULL,
    part INTEGER NOT NULL,
    PRIMARY KEY (namespace, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE apart (one INTEGER NOT NULL, other INTEGER NOT NULL, PRIMARY KEY (one, other)) STRICT, WITHOUT ROWID;
CREATE INDEX apart_others ON apart (other);

CREATE TABLE timers (
    part INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    due INTEGER NOT NULL,
    command BLOB NOT NULL,
    PRIMARY KEY (part, "key")
) STRICT, WITHOUT ROWID;
CREATE INDEX due_timers ON timers (due);
CREATE INDEX timers_by_key ON timers ("key");

CREATE TABLE outbox (
    number INTEGER PRIMARY KEY,
    invocation TEXT NOT NULL UNIQUE,
    part INTEGER NOT NULL,
    action TEXT NOT NULL,
    connection TEXT NOT NULL,
    "release" TEXT NOT NULL,
    request BLOB NOT NULL,
    state TEXT NOT NULL,
    due INTEGER NOT NULL,
    created INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX open_outbox ON outbox (state, due, connection) WHERE state <> 'done';

CREATE VIEW requests AS
SELECT outbox.invocation, parts.part, outbox.action, outbox.connection, outbox."release", outbox.request,
    outbox.state, outbox.due, outbox.created, outbox.attempt, outbox.detail
FROM outbox CROSS JOIN parts ON parts.number = outbox.part;

CREATE TABLE files (digest BLOB PRIMARY KEY, content BLOB NOT NULL) STRICT;
CREATE TABLE releases (
    number INTEGER PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    at INTEGER NOT NULL,
    "by" TEXT NOT NULL,
    active INTEGER NOT NULL
) STRICT;
CREATE TABLE release_files (
    "release" INTEGER NOT NULL,
    path TEXT NOT NULL,
    file BLOB NOT NULL,
    PRIMARY KEY ("release", path)
) STRICT, WITHOUT ROWID;

-- Counts that would otherwise take a walk over a whole table.
CREATE TABLE tallies (name TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO tallies VALUES ('customers', 0), ('timers', 0);

CREATE TRIGGER customer_made AFTER INSERT ON parts WHEN new.customer = new.number BEGIN
    UPDATE tallies SET count = count + 1 WHERE name = 'customers';
END;
CREATE TRIGGER customer_moved AFTER UPDATE OF customer ON parts BEGIN
    UPDATE tallies SET count = count + (new.customer IS new.number) - (old.customer IS old.number)
    WHERE name = 'customers';
END;
CREATE TRIGGER timer_set AFTER INSERT ON timers BEGIN
    UPDATE tallies SET count = count + 1 WHERE name = 'timers';
END;
CREATE TRIGGER timer_gone AFTER DELETE ON timers BEGIN
    UPDATE tallies SET count = count - 1 WHERE name = 'timers';
END;
CREATE TRIGGER outbox_added AFTER INSERT ON outbox BEGIN
    INSERT INTO tallies VALUES ('outbox ' || new.state, 1) ON CONFLICT DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER outbox_changed AFTER UPDATE OF state ON outbox WHEN new.state <> old.state BEGIN
    UPDATE tallies SET count = count - 1 WHERE name = 'outbox ' || old.state;
    INSERT INTO tallies VALUES ('outbox ' || new.state, 1) ON CONFLICT DO UPDATE SET count = count + 1;
END;
