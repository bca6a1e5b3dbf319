-- Where handovers stand: those that are open, and for each part the last few that are over.
CREATE TABLE handovers (
    handover TEXT PRIMARY KEY,
    part INTEGER NOT NULL,
    conversation TEXT NOT NULL,
    queue TEXT NOT NULL,
    status TEXT NOT NULL,
    calm INTEGER NOT NULL,
    intent TEXT NOT NULL,
    language TEXT NOT NULL,
    at INTEGER NOT NULL,
    since INTEGER NOT NULL,
    due INTEGER NOT NULL,
    "by" TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX handovers_in_order ON handovers (calm, at, handover);
CREATE INDEX queued_handovers ON handovers (status, queue, calm, at, handover);
CREATE INDEX handovers_by_person ON handovers ("by", calm, at, handover) WHERE status = 'accepted';
CREATE INDEX handovers_by_part ON handovers (part);
