"""Journeys as they are shown: drawn, followed, compared and tried out."""
