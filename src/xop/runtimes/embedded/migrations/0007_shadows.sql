-- Releases that are or were only observed, in the order they were set; their files are kept once, as those of all releases.
CREATE TABLE shadows (
    number INTEGER PRIMARY KEY,
    digest TEXT NOT NULL,
    name TEXT NOT NULL,
    at INTEGER NOT NULL,
    "by" TEXT NOT NULL,
    ended INTEGER NOT NULL
) STRICT;

CREATE TABLE shadow_files (
    shadow TEXT NOT NULL,
    path TEXT NOT NULL,
    file BLOB NOT NULL,
    PRIMARY KEY (shadow, path)
) STRICT, WITHOUT ROWID;

-- Decisions beside what they would have been; the newest of them.
CREATE TABLE contrasts (
    number INTEGER PRIMARY KEY,
    contrast BLOB NOT NULL
) STRICT;
