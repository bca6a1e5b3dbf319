"""The reference of the documentation, written from the code itself so that it cannot go stale."""
