"""The arbiter: every proposal, whoever makes it, gets its verdict here."""
