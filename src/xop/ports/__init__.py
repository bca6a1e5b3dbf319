"""The roles the engine needs filled: one protocol per role, each with one contract suite for all implementations."""
