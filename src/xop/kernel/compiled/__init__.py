"""Definitions with their conditions and templates ready to ask."""
