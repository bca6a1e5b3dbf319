"""The transparency log as bytes: tree, tiles, signed checkpoints and the proofs made from them."""
