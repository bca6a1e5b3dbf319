"""One governed loop for everything that happens to a customer and everything done for them."""

__version__ = "0.1.0"
