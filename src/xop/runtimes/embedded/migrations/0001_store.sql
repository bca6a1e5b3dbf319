-- Parts are stored by number everywhere; a part without any entry has no customer.
-- `last` and `seq` say where the part's entries end, as far as `marks` says they are indexed.
CREATE TABLE parts (
    number INTEGER PRIMARY KEY,
    part TEXT NOT NULL UNIQUE,
    customer INTEGER,
    last INTEGER NOT NULL,
    seq INTEGER NOT NULL
) STRICT;
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

CREATE TABLE commands (digest BLOB PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE decisions (decision TEXT PRIMARY KEY, position INTEGER, evidence INTEGER) STRICT, WITHOUT ROWID;

-- How far the three tables above are written: ledger positions and evidence numbers up to these values.
CREATE TABLE marks (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO marks VALUES ('ledger', 0), ('evidence', 0);

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
