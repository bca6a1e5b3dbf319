-- Whether everything that the publication of a release asked of customers and runs is done.
ALTER TABLE releases ADD COLUMN settled INTEGER NOT NULL DEFAULT 1;
