"""Erasure: what customers may ask to have forgotten, and what the law says must be kept for a while."""
