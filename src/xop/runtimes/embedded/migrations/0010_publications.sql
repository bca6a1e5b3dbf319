-- Every publication in its order; a release can be published again. `before` is the publication under it, to which
-- undoing it goes back: an undoing is a publication whose `before` is that of the one it goes back to.
CREATE TABLE publications (
    number INTEGER PRIMARY KEY,
    "release" INTEGER NOT NULL,
    at INTEGER NOT NULL,
    "by" TEXT NOT NULL,
    before INTEGER
) STRICT;

CREATE VIEW last_publication AS SELECT * FROM publications ORDER BY number DESC LIMIT 1;

INSERT INTO publications (number, "release", at, "by", before)
SELECT number, number, at, "by", (SELECT max(older.number) FROM releases AS older WHERE older.number < releases.number)
FROM releases;

-- One that ruled again was not the newest.
INSERT INTO publications ("release", at, "by", before)
SELECT number, at, "by", (SELECT max(older.number) FROM releases AS older WHERE older.number < releases.number)
FROM releases
WHERE active AND number < (SELECT max(number) FROM releases);

ALTER TABLE releases DROP COLUMN at;
ALTER TABLE releases DROP COLUMN "by";
ALTER TABLE releases DROP COLUMN active;
