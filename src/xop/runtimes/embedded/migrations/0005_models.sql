-- What the models of decision sets have learned; the newest version of each set is the one that answers.
CREATE TABLE models (
    number INTEGER PRIMARY KEY,
    version TEXT NOT NULL,
    decision_set TEXT NOT NULL,
    state BLOB NOT NULL,
    UNIQUE (decision_set, version)
) STRICT;
CREATE INDEX models_by_version ON models (version);

-- Up to which ledger position each of them has learned; written together with the version.
CREATE TABLE model_heads (
    decision_set TEXT PRIMARY KEY,
    version TEXT NOT NULL,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
