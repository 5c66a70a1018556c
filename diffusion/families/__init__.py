"""One file a family: how its networks are built and called, its latent space, its text encoders."""
