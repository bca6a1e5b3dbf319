"""Journeys and segments through the production engine in virtual time."""
