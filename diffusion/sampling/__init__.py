"""From noise to a latent: noise levels, samplers, guidance, and ``denoise_latent`` that joins them."""
