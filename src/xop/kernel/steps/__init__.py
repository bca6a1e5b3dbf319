"""One module per kind of command: what each makes true, and what the outside must do about it."""
