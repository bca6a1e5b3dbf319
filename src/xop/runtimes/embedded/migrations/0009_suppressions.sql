-- Keyed digests of the addresses of customers who were erased and are not to be contacted again.
CREATE TABLE suppressions (digest BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
