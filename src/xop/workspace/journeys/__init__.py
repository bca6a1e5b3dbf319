"""Journeys of a workspace: read, checked and compiled into the routes of a release."""
