"""Segments: named conditions over a customer's context, entered and left as it changes."""
