"""Exchanges with a customer on a channel, from their opening to their close."""
