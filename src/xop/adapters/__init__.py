"""Outside systems and protocols, one folder each; none knows another."""
