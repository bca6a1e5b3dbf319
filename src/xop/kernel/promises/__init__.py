"""What we told a customer we would do, until it is kept or broken."""
