"""The commands of `xop`, one module for each part of the vocabulary."""
