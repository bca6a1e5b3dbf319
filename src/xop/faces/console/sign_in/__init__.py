"""Signing in to the console: accounts of operators, and the sessions of those who are signed in."""
