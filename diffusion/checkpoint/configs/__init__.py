"""How a network is built, inferred from the shapes of its weights."""
