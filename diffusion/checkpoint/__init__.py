"""From a file of weights to networks: what is in it is decided from names and shapes, before any weight is read."""
