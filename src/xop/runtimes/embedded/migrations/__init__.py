"""The steps that bring a store to the present schema, as numbered SQL files; a published step never changes."""
