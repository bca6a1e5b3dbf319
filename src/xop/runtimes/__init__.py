"""Where the loop runs: implementations of the ports that store, wait and keep time."""
