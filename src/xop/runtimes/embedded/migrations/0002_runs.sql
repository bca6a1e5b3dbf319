-- Where tokens stand alike, and how many do: a step of one version of a journey, what it waits for, set aside or not.
CREATE TABLE stations (
    number INTEGER PRIMARY KEY,
    journey TEXT NOT NULL,
    version TEXT NOT NULL,
    step TEXT NOT NULL,
    waits TEXT NOT NULL,
    aside INTEGER NOT NULL,
    tokens INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX stations_alike ON stations (journey, version, step, waits, aside);

CREATE TABLE standings (
    part INTEGER NOT NULL,
    run TEXT NOT NULL,
    token INTEGER NOT NULL,
    station INTEGER NOT NULL,
    sought INTEGER NOT NULL,
    since INTEGER NOT NULL,
    due INTEGER NOT NULL,
    at INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "on" TEXT NOT NULL,
    PRIMARY KEY (part, run, token)
) STRICT, WITHOUT ROWID;
-- Only the few that people look for: an index of all would cost every wake-up two pages.
CREATE INDEX sought_standings ON standings (station, part, run, token) WHERE sought = 1;

INSERT INTO tallies VALUES ('runs', 0);

CREATE TRIGGER token_came AFTER INSERT ON standings BEGIN
    UPDATE stations SET tokens = tokens + 1 WHERE number = new.station;
END;
CREATE TRIGGER token_moved AFTER UPDATE OF station ON standings WHEN new.station <> old.station BEGIN
    UPDATE stations SET tokens = tokens - 1 WHERE number = old.station;
    UPDATE stations SET tokens = tokens + 1 WHERE number = new.station;
END;
CREATE TRIGGER token_went AFTER DELETE ON standings BEGIN
    UPDATE stations SET tokens = tokens - 1 WHERE number = old.station;
END;
CREATE TRIGGER run_began AFTER INSERT ON standings
WHEN NOT EXISTS (SELECT 1 FROM standings WHERE part = new.part AND run = new.run AND token <> new.token) BEGIN
    UPDATE tallies SET count = count + 1 WHERE name = 'runs';
END;
CREATE TRIGGER run_ended AFTER DELETE ON standings
WHEN NOT EXISTS (SELECT 1 FROM standings WHERE part = old.part AND run = old.run) BEGIN
    UPDATE tallies SET count = count - 1 WHERE name = 'runs';
END;
