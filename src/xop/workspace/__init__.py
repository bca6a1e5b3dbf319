"""Reads and checks a folder of configuration and compiles it into a release."""
