"""What can happen: signal types, and what each changes in a customer's context."""
