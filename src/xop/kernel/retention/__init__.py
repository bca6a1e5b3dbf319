"""Retention: how long each class of data is kept, and what goes when its time is over."""
