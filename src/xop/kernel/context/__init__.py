"""What is true about a customer now, folded from facts; each merged side stays a part of its own."""
