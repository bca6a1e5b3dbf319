"""Oversight of AI: the register of systems, the duties that bind them, and incidents."""
