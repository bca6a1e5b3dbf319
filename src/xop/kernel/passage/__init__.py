"""Passages: how runs enter, move on, wait and end as things happen to their customer."""
