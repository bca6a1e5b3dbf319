"""Handovers: conversations passed to people, with a packet of what they need to know, and passed back."""
