"""What the arbiter's pages prepare: schemas as tables, consequences and changes in words."""
