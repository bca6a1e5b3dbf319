"""The doors people and programs come in by: HTTP and the command line."""
