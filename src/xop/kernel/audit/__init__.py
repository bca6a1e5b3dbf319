"""Audit: what the transparency log is told of every ledger entry, without any personal data."""
