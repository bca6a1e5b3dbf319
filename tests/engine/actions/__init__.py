"""Tests of actions that the platform itself carries out, and of undoing them."""
