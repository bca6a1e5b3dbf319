"""The impure loop, on ports only: take in, find the customer, gather, step, make durable, carry out."""
