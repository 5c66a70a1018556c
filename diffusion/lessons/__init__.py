"""The ideas of diffusion painting made visible: noise going in, noise coming out, what a network predicts."""
