"""The pure core: given a release, a state, a command and a moment, it says what becomes true and what to do."""
