"""What a customer wants to get done: opened, attempted, resolved, confirmed, abandoned or come back."""
