"""Privacy: which class each field of a customer belongs to, who may see it, and personal data found in text."""
