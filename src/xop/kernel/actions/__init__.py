"""The enterprise's own actions: contracts, and the invocations that run them."""
