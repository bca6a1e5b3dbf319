"""Who a customer is: identifiers in normal form, whom a command is about, merges that can be undone, assurance."""
