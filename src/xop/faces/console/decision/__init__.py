"""One decision as it is read in the console: its story, its graph, and what can be taken along of it."""
